# shellcheck shell=sh
# Takes over a metrics-server that somebody else installed, from the first control plane, so that no request fails on the way. Each
# verb ends at the same place wherever an earlier run was killed. Sent behind common.sh, kubectl.sh, kept.sh, cluster.sh, owners.sh and
# the other files of this folder.
#
#   keep     keeps the old objects on this node, and makes the object by which the provider shows that it takes over what is there;
#            result {"node":"cp1","taken":["deployment/metrics-server",...]}
#   aside    the old pods serve without their Deployment, so that the new one can be made; result {"node":"cp1","aside":1}
#   switch   the new pods serve, verified, and the old ones go; result {"node":"cp1","switched":true}
#   revert   forgets the old objects where the new metrics-server is there, and otherwise says how to bring them back
#   status   says what would be taken over; reads only
#
# Header: NODE_NAME, and for `switch` those of switch.sh. State in /var/lib/secure-metrics-server/taken-over: the old objects,
# restore.sh, replicasets.

main() {
    set -euf
    prepare
    require_root
    require_tools awk cat chmod cmp cp cut date flock fold grep head id kubectl mkdir mktemp mv openssl rm sed sleep sort tail timeout tr wc
    make_work_directory
    KEPT=$STATE/taken-over
    KEPT_SHOWN=${KEPT#"$ROOT"}
    ADMIN=$ROOT/etc/kubernetes/admin.conf
    [ -r "$ADMIN" ] || fail 71 "/etc/kubernetes/admin.conf is missing; expected a control-plane node; next: check the role of $NODE_NAME"
    case ${1:-} in
        keep | aside | switch)
            take_lock
            "$1"
            keep_newest_scripts
            ;;
        revert)
            take_lock
            forget
            remove_scripts
            remove_uploads
            rmdir "$STATE" 2>/dev/null || :
            ;;
        status) status ;;
        *) fail 64 "unknown verb '${1:-}'; expected keep, aside, switch, revert or status; next: see components/scripts/take-over/take-over.sh" ;;
    esac
}

status() {
    # shellcheck disable=SC2086 # names hold no white space
    find_foreign $OBJECTS
    if [ -s "$WORK/refusals" ]; then
        while IFS= read -r line; do log "$line"; done <"$WORK/refusals"
    elif [ -n "$foreign" ]; then
        tell_what_is_taken
    fi
    result "{\"node\":$(json_string "$NODE_NAME"),\"inSync\":true,\"causes\":[],\"digest\":\"\"}"
}

main "$@"
