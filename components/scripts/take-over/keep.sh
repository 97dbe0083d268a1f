# shellcheck shell=sh
# Keeps the objects of an installation that is taken over, as they were, for a way back. Sent behind objects.sh.

# What the chart makes beside what this package makes as well.
OF_THE_CHART="clusterrole/system:metrics-server-aggregated-reader clusterrole/system:metrics-server-nanny
clusterrolebinding/system:metrics-server-nanny role/system:metrics-server-nanny rolebinding/system:metrics-server-nanny
configmap/metrics-server-nanny-config"
RELEASE_NAME='{{with .metadata.annotations}}{{index . "meta.helm.sh/release-name"}}{{end}}'
# What shows, before anything is changed, whether the Kubernetes provider takes over what is there: it is made here, and then by the
# provider once more.
MARKER=secure-metrics-server-take-over

keep() {
    find_owners
    if [ -s "$WORK/refusals" ]; then
        fail 71 "$(sed -n 1p "$WORK/refusals")"
    fi
    if [ -n "$foreign" ]; then
        tell_what_is_taken
        for object in $foreign; do keep_object "$object"; done
        keep_release
        keep_way_back
        make_marker
        log "takeOver: the old objects are kept in $KEPT_SHOWN; to go back: pulumi destroy, then sudo sh $KEPT_SHOWN/restore.sh"
    fi
    # shellcheck disable=SC2086 # names hold no white space
    result "{\"node\":$(json_string "$NODE_NAME"),\"taken\":$(json_list $foreign)}"
}

# An object is kept once, as it was before the first change of ours; another one of that name in its place.
keep_object() { # TYPE/NAME
    file=$KEPT/$(printf '%s' "$1" | tr '/' '.').yaml
    read_field "$1" '{{.metadata.uid}}'
    uid=$FIELD
    [ -n "$uid" ] || return 0
    if [ -f "$file" ] && [ "$(sed -n 1p "$file")" = "# $uid" ]; then return 0; fi
    kube_into "$WORK/object" "$ONE_LIST" get "$1" -n "$NAMESPACE" -o yaml || fail 71 "cannot read $1: $(complaint)"
    {
        printf '# %s\n' "$uid"
        without_history <"$WORK/object"
    } >"$WORK/kept"
    write_kept "$(basename "$file")" "$WORK/kept"
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
    for object in $OF_THE_CHART; do
        read_field "$object" "$RELEASE_NAME"
        [ -z "$FIELD" ] || keep_object "$object"
    done
    release_secrets >"$WORK/secrets"
    while read -r secret; do keep_object "secret/$secret"; done <"$WORK/secrets"
}

# The names of the Secrets in which Helm remembers the release that made the Deployment, or the Service where that is gone.
release_secrets() {
    for object in deployment/metrics-server service/metrics-server; do
        read_field "$object" "$RELEASE_NAME"
        release=$FIELD
        case $release in
            '' | *[!a-z0-9.-]*) ;;
            *)
                kube_into "$WORK/names" "$ONE_ANSWER" get secrets -n "$NAMESPACE" -l "owner=helm,name=$release" \
                    -o go-template='{{range .items}}{{.metadata.name}}{{"\n"}}{{end}}' || fail 71 "cannot list Helm's Secrets: $(complaint)"
                grep "^sh\.helm\.release\.v1\.$release\.v[0-9]*$" "$WORK/names" || :
                return 0
                ;;
        esac
    done
}

keep_way_back() {
    restore_sh_text >"$WORK/restore"
    write_kept restore.sh "$WORK/restore"
}

make_marker() {
    ! exists "configmap/$MARKER" || return 0
    kube create configmap "$MARKER" -n "$NAMESPACE" >/dev/null 2>"$WORK/error" || exists "configmap/$MARKER" ||
        fail 71 "cannot create configmap/$MARKER: $(quoted "$(complaint)"); expected it made; next: kubectl auth can-i create configmaps -n $NAMESPACE"
}

# When nobody takes over any more. While the new metrics-server is there, nobody goes back; without it, somebody may want to.
forget() {
    kube delete configmap "$MARKER" -n "$NAMESPACE" --ignore-not-found >/dev/null 2>&1 || :
    [ -d "$KEPT" ] || return 0
    if kube_into "$WORK/left" "$ONE_ANSWER" get "apiservice/$APISERVICE" --ignore-not-found -o go-template='{{with .metadata.labels}}{{index . "app.kubernetes.io/part-of"}}{{end}}' &&
        [ "$(cat "$WORK/left")" = secure-metrics-server ]; then
        rm -rf "$KEPT"
        return 0
    fi
    log "the objects of the metrics-server that was there before are still in $KEPT_SHOWN; to bring it back: sudo sh $KEPT_SHOWN/restore.sh; to forget it: sudo rm -r $KEPT_SHOWN"
}
