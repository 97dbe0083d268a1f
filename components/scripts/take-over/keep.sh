# shellcheck shell=sh
# Keeps the objects of an installation that is taken over, as they were, for a way back. Sent behind objects.sh.

# What the chart makes beside what this package makes as well.
OF_THE_CHART="clusterrole/system:metrics-server-aggregated-reader clusterrole/system:metrics-server-nanny
clusterrolebinding/system:metrics-server-nanny role/system:metrics-server-nanny rolebinding/system:metrics-server-nanny
configmap/metrics-server-nanny-config"
# What shows, before anything is changed, whether the Kubernetes provider takes over what is there: it is made here, and then by the
# provider once more.
MARKER=secure-metrics-server-take-over

keep() {
    # shellcheck disable=SC2086 # names hold no white space
    find_foreign $OBJECTS
    refuse_others
    if [ -n "$foreign" ]; then
        tell_what_is_taken
        log "takeOver: next, the Kubernetes provider makes configmap/$MARKER, which is there: where it says that it exists already, nothing was changed; set upsertExistingObjects: true on it, or run PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true pulumi up"
        # The object may have gone meanwhile, and so has its line.
        for object in $foreign; do keep_object "$object"; done
        keep_release
        keep_way_back
        make_marker
        log "takeOver: the old objects are kept in $KEPT_SHOWN; to go back: pulumi destroy, then sudo sh $KEPT_SHOWN/restore.sh"
    fi
    # shellcheck disable=SC2086 # names hold no white space
    result "{\"node\":$(json_string "$NODE_NAME"),\"taken\":$(json_list $foreign)}"
}

refuse_others() {
    [ ! -s "$WORK/refusals" ] || fail 71 "$(sed -n 1p "$WORK/refusals")"
}

# An object is kept once, as it was before the first change of ours; another one of that name in its place.
keep_object() { # TYPE/NAME
    read_object "$1" || return 0
    uid=$(fact uid)
    name=$(printf '%s' "$1" | tr '/' '.').yaml
    if [ -f "$KEPT/$name" ] && [ "$(sed -n 1p "$KEPT/$name")" = "# $uid" ]; then return 0; fi
    kube_into "$WORK/object" "$ONE_LIST" get "$1" -n "$NAMESPACE" -o yaml || fail 71 "cannot read $1: $(complaint)"
    {
        printf '# %s\n' "$uid"
        without_history <"$WORK/object"
    } >"$WORK/kept"
    write_kept "$name" "$WORK/kept"
}

# An object as it can be made again: without what the API server gave it.
without_history() {
    awk '
        /^[A-Za-z]/ { top = $1; skipping = 0 }
        skipping && /^  - / { next }
        { skipping = 0 }
        top == "status:" { next }
        top == "metadata:" && /^  (resourceVersion|uid|creationTimestamp|generation|selfLink):/ { next }
        top == "spec:" && /^  clusterIP:/ { next }
        top == "spec:" && /^  clusterIPs:/ { skipping = 1; next }
        { print }'
}

# Root's only, whole or not at all.
write_kept() { # NAME FILE
    {
        mkdir -p "$KEPT" && chmod 0700 "$KEPT" && cp "$2" "$KEPT/.new" && chmod 0600 "$KEPT/.new" && mv -f "$KEPT/.new" "$KEPT/$1"
    } 2>/dev/null || fail 73 "cannot write $KEPT_SHOWN; expected it writable; next: df /var/lib"
    flush "$KEPT/$1"
}

# Helm's own record of its release, and what the chart made that this package does not make.
keep_release() {
    release=$(sed -n 's/^annotation "meta\.helm\.sh\/release-name" "\(.*\)"$/\1/p' "$WORK/objects" | head -n 1)
    case $release in '' | *[!a-z0-9.-]*) return 0 ;; esac
    # shellcheck disable=SC2086 # names hold no white space
    read_objects $OF_THE_CHART
    awk -v release="annotation \"meta.helm.sh/release-name\" \"$release\"" '
        $1 == "object" { object = tolower(substr($2, 1, index($2, "/"))) substr($2, index($2, "/") + 1) }
        $0 == release { print object }' "$WORK/objects" >"$WORK/more"
    kube_into "$WORK/names" "$ONE_LIST" get secrets -n "$NAMESPACE" -l "owner=helm,name=$release" \
        -o go-template='{{range .items}}{{.metadata.name}}{{"\n"}}{{end}}' || fail 71 "cannot list Helm's Secrets: $(complaint)"
    sed -n 's/^sh\.helm\.release\.v1\.[a-z0-9.-]*$/secret\/&/p' "$WORK/names" >>"$WORK/more"
    while read -r object; do keep_object "$object"; done <"$WORK/more"
}

keep_way_back() {
    restore_sh_text >"$WORK/restore"
    write_kept restore.sh "$WORK/restore"
}

make_marker() {
    ! read_object "configmap/$MARKER" || return 0
    printf 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\n  namespace: %s\n' "$MARKER" "$NAMESPACE" >"$WORK/marker"
    kube create -f "$WORK/marker" --validate=false >/dev/null 2>"$WORK/error" || read_object "configmap/$MARKER" ||
        fail 71 "cannot create configmap/$MARKER: $(quoted "$(complaint)"); expected it made; next: kubectl auth can-i create configmaps -n $NAMESPACE"
}

# When nobody takes over any more. While the new metrics-server is there, nobody goes back; without it, somebody may want to.
forget() {
    kube delete configmap "$MARKER" -n "$NAMESPACE" --ignore-not-found >/dev/null 2>&1 || :
    [ -d "$KEPT" ] || return 0
    if kube_into "$WORK/facts" "$ONE_LIST" get "apiservice/$APISERVICE" --ignore-not-found -o go-template="$FACTS" && is_ours_now; then
        rm -rf "$KEPT"
        return 0
    fi
    log "the objects of the metrics-server that was there before are still in $KEPT_SHOWN; to bring it back: sudo sh $KEPT_SHOWN/restore.sh; to forget it: sudo rm -r $KEPT_SHOWN"
}
