# shellcheck shell=sh
# Makes room for the new Deployment, while the pods of the old one go on serving: they lose their Deployment and nothing else, and
# the Service keeps to them alone. Sent behind keep.sh.

# The ReplicaSets of the old Deployment: name, uid, replicas, hash. Kept until they are deleted.
SETS=replicasets
# All ReplicaSets, a line for each of their owners: the owner's uid, name, uid, replicas, hash.
# shellcheck disable=SC2016 # variables of the template, not of the shell
SETS_BY_OWNER='{{range .items}}{{$set := .}}{{range .metadata.ownerReferences}}{{.uid}} {{$set.metadata.name}} {{$set.metadata.uid}} {{$set.spec.replicas}} {{with $set.metadata.labels}}{{index . "pod-template-hash"}}{{end}}{{"\n"}}{{end}}{{end}}'

aside() {
    find_owners
    if [ -s "$WORK/refusals" ]; then
        fail 71 "$(sed -n 1p "$WORK/refusals")"
    fi
    for object in $foreign; do
        case $object in deployment/* | service/* | apiservice/*) ;; *) release "$object" ;; esac
    done
    if is_foreign deployment/metrics-server; then
        remember_sets
        keep_to_old_pods
        orphan_deployment
    fi
    hide_sets
    result "{\"node\":$(json_string "$NODE_NAME"),\"aside\":$(count_of_sets)}"
}

remember_sets() {
    read_field deployment/metrics-server '{{.metadata.uid}}'
    old=$FIELD
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
        *) if is_foreign service/metrics-server; then change service/metrics-server selector_of_old_pods "$hash"; fi ;;
    esac
}

selector_of_old_pods() { # TYPE/NAME HASH
    read_field "$1" '{{with .spec.selector}}{{index . "pod-template-hash"}}{{end}}'
    [ "$FIELD" != "$2" ] || return 0
    printf '{"op":"add","path":"/spec/selector/pod-template-hash","value":"%s"}\n' "$2"
}

orphan_deployment() {
    log "takes the Deployment metrics-server away; its pods go on serving"
    delete_exactly "/apis/apps/v1/namespaces/$NAMESPACE/deployments/metrics-server" "$old" Orphan
    wait_for 90 "the old Deployment goes" is_gone deployment/metrics-server "$old"
}

is_gone() { # TYPE/NAME UID
    read_field "$1" '{{.metadata.uid}}'
    [ "$FIELD" != "$2" ]
}

# A Deployment adopts ReplicaSets by their labels, and would let the old pods go as soon as it has new ones.
hide_sets() {
    [ -f "$KEPT/$SETS" ] || return 0
    while read -r name uid _; do
        read_field "replicaset/$name" '{{.metadata.uid}}'
        [ "$FIELD" != "$uid" ] || change "replicaset/$name" labels_of_nobody
    done <"$KEPT/$SETS"
}

labels_of_nobody() { # TYPE/NAME
    # shellcheck disable=SC2016 # variables of the template, not of the shell
    read_field "$1" '{{range $key, $value := .metadata.labels}}{{$key}} {{end}}'
    [ "$FIELD" != "secure-metrics-server-taken-over " ] || return 0
    printf '%s\n' '{"op":"add","path":"/metadata/labels","value":{"secure-metrics-server-taken-over":"true"}}'
}

count_of_sets() {
    if [ -f "$KEPT/$SETS" ]; then grep -c . "$KEPT/$SETS" || :; else echo 0; fi
}
