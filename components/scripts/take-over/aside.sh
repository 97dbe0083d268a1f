# shellcheck shell=sh
# Makes room for the new Deployment, while the pods of the old one go on serving: they lose their Deployment and nothing else, and
# the Service keeps to them alone. Sent behind keep.sh.

# The ReplicaSets of the old Deployment: name, uid, replicas, hash. Kept until they are deleted.
SETS=replicasets
# All ReplicaSets, a line for each of their owners: the owner's uid, name, uid, replicas, hash.
# shellcheck disable=SC2016 # variables of the template, not of the shell
SETS_BY_OWNER='{{range .items}}{{$set := .}}{{range .metadata.ownerReferences}}{{.uid}} {{$set.metadata.name}} {{$set.metadata.uid}} {{$set.spec.replicas}} {{with $set.metadata.labels}}{{index . "pod-template-hash"}}{{end}}{{"\n"}}{{end}}{{end}}'

aside() {
    # shellcheck disable=SC2086 # names hold no white space
    find_foreign $OBJECTS
    refuse_others
    for object in $foreign; do
        case $object in
            deployment/* | service/* | apiservice/*) ;;
            serviceaccount/*)
                change "$object" token_for_pods
                change "$object" release
                ;;
            *) change "$object" release ;;
        esac
    done
    if is_foreign deployment/metrics-server; then
        remember_sets
        keep_to_old_pods
        orphan_deployment
    fi
    hide_sets
    result "{\"node\":$(json_string "$NODE_NAME"),\"aside\":$(count_of_sets)}"
}

# Pods that ask for no token of their own would have none.
token_for_pods() {
    kube_into "$WORK/token" "$ONE_ANSWER" get serviceaccount/metrics-server -n "$NAMESPACE" --ignore-not-found \
        -o go-template='{{.automountServiceAccountToken}}' || fail 71 "cannot read serviceaccount/metrics-server: $(complaint)"
    [ "$(cat "$WORK/token")" != false ] || printf '%s\n' '{"op":"remove","path":"/automountServiceAccountToken"}'
}

remember_sets() {
    old=$(fact uid)
    sets_of "$old" >"$WORK/sets"
    # Also those of a Deployment that was there in an earlier run.
    if [ -f "$KEPT/$SETS" ]; then cat "$KEPT/$SETS" >>"$WORK/sets"; fi
    awk '!seen[$2]++' "$WORK/sets" >"$WORK/all-sets"
    write_kept "$SETS" "$WORK/all-sets"
}

# The ReplicaSets of a Deployment: name, uid, replicas, hash.
sets_of() { # UID
    kube_into "$WORK/list" "$ONE_LIST" get replicasets -n "$NAMESPACE" -o go-template="$SETS_BY_OWNER" ||
        fail 71 "cannot list ReplicaSets: $(complaint)"
    awk -v owner="$1" '
        $1 == owner && NF == 5 && $2 ~ /^[a-z0-9.-]+$/ && $3 ~ /^[0-9a-f-]+$/ && $4 ~ /^[0-9]+$/ && $5 ~ /^[a-z0-9]+$/ {
            print $2, $3, $4, $5
        }' "$WORK/list"
}

# From here on until it is switched, the Service has the old pods and no other ones, whatever labels the new ones have.
keep_to_old_pods() {
    hash=$(awk '$3 > 0 { print $4; count++ } END { if (count != 1) print "" }' "$KEPT/$SETS")
    case $hash in
        '' | *[!a-z0-9]*) log "the old Deployment has no pods of one kind, so nothing is lost when the new ones come" ;;
        *) if is_foreign service/metrics-server; then change service/metrics-server old_pods_alone "$hash"; fi ;;
    esac
}

old_pods_alone() { # HASH
    if grep -q "^selector pod-template-hash=$1\$" "$WORK/facts"; then return 0; fi
    grep -q '^selector ' "$WORK/facts" || return 0
    printf '{"op":"add","path":"/spec/selector/pod-template-hash","value":"%s"}\n' "$1"
}

orphan_deployment() {
    log "takes the Deployment metrics-server away; its pods go on serving"
    delete_exactly "/apis/apps/v1/namespaces/$NAMESPACE/deployments/metrics-server" "$old" Orphan
    wait_for 90 "the old Deployment goes" is_gone deployment/metrics-server "$old"
}

is_gone() { # TYPE/NAME UID
    ! read_object "$1" || [ "$(fact uid)" != "$2" ]
}

# A Deployment adopts ReplicaSets by their labels, and would let the old pods go as soon as it has new ones.
hide_sets() {
    [ -f "$KEPT/$SETS" ] || return 0
    while read -r name uid _; do
        change "replicaset/$name" labels_of_nobody "$uid"
    done <"$KEPT/$SETS"
}

labels_of_nobody() { # UID
    [ "$(fact uid)" = "$1" ] || return 0
    if grep -q '^label "secure-metrics-server-taken-over"' "$WORK/facts"; then return 0; fi
    printf '%s\n' '{"op":"add","path":"/metadata/labels","value":{"secure-metrics-server-taken-over":"true"}}'
}

count_of_sets() {
    if [ -f "$KEPT/$SETS" ]; then grep -c . "$KEPT/$SETS" || :; else echo 0; fi
}
