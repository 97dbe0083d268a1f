# shellcheck shell=sh
# Keeps kubeadm's ConfigMap kube-system/kubelet-config in step, on a control-plane node: kubeadm join and kubeadm upgrade
# write the kubelet's configuration from it. Sent behind common.sh.
#
#   ensure [note...]   sets serverTLSBootstrap: true in data.kubelet and touches nothing else. Further words are only logged.
#   revert             puts the key back to what it was before ensure changed it
#   status             says what ensure would change; reads only
#
# Header: NODE_NAME. Limits: ATTEMPTS (5), REQUEST_TIMEOUT (20 s), LOCK_TIMEOUT (60 s), POLL_SECONDS (1).
# State in /var/lib/secure-metrics-server/kubelet-config: previous (the key's value before us).

KEY=serverTLSBootstrap
WHAT='ConfigMap kube-system/kubelet-config'
# Version and content from one read, byte for byte: kubectl's YAML would change the block style with the content.
TEMPLATE='{{.metadata.resourceVersion}}{{"\n"}}{{with .data}}{{with .kubelet}}{{.}}{{end}}{{end}}'

require_everything() {
    require_tools awk cat chmod cmp cut date flock grep id kubectl mkdir mktemp mv rm sed sha256sum sleep tail timeout tr
    require_root
    if [ ! -r "$ROOT/etc/kubernetes/admin.conf" ]; then
        fail 71 "/etc/kubernetes/admin.conf is missing; expected a control-plane node; next: check the role of $NODE_NAME"
    fi
    make_work_directory
}

kube() {
    limit=${REQUEST_TIMEOUT:-20}
    bounded_kubectl $((limit + 10)) "$limit" "$ROOT/etc/kubernetes/admin.conf" -n kube-system "$@" 2>"$WORK/problem"
}

problem() {
    quoted "$(cat "$WORK/problem")" 600
}

# Sets VERSION and VALUE and leaves the content in $WORK/content; fails softly (1) where there is no such ConfigMap.
read_config_map() { # [effective]
    kube get configmap kubelet-config --ignore-not-found -o "go-template=$TEMPLATE" >"$WORK/reply" ||
        fail 71 "kubectl cannot read $WHAT: $(problem); expected an answer; next: kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes"
    [ -s "$WORK/reply" ] || return 1
    split_reply
    answer=$(inspect_yaml "$WORK/content" "$KEY" "${1:-}")
    case $answer in
        'value '*) VALUE=${answer#value } ;;
        *) fail 65 "$WHAT has ${answer#refused } of data.kubelet; expected one plain block mapping of kind KubeletConfiguration; next: kubectl -n kube-system edit configmap kubelet-config" ;;
    esac
}

split_reply() {
    VERSION=$(sed -n 1p "$WORK/reply")
    tail -n +2 "$WORK/reply" >"$WORK/content"
}

# Sets the key with an optimistic lock: the patch names the version that was read, so a change in between is a Conflict
# and nothing is written (1). What the API server answers must be what was sent.
patch_config_map() { # VALUE
    if ! edit_yaml "$WORK/content" "$KEY" "$1" "$WORK/wanted" || [ "$(inspect_yaml "$WORK/wanted" "$KEY")" != "value $1" ]; then
        fail 65 "data.kubelet of $WHAT cannot be edited without touching more than $KEY; expected a plain file; next: set $KEY by hand"
    fi
    printf '{"metadata":{"resourceVersion":"%s"},"data":{"kubelet":%s}}\n' "$VERSION" "$(json_file "$WORK/wanted")" >"$WORK/patch"
    if ! kube patch configmap kubelet-config --type=merge --patch-file "$WORK/patch" -o "go-template=$TEMPLATE" >"$WORK/reply"; then
        if grep -q '(Conflict)\|object has been modified' "$WORK/problem"; then return 1; fi
        fail 71 "kubectl cannot patch $WHAT: $(problem); expected it patched; next: kubectl --kubeconfig /etc/kubernetes/admin.conf auth can-i patch configmaps -n kube-system"
    fi
    split_reply
    cmp -s "$WORK/wanted" "$WORK/content" ||
        fail 71 "$WHAT came back different from what was sent; expected the same bytes (a webhook that mutates it?); next: kubectl -n kube-system get configmap kubelet-config -o yaml"
}

# Reads, decides and writes until nobody was faster. DESIRED is a function that prints the value for VALUE, or nothing.
bring_in_step() { # DESIRED [effective]
    attempt=0
    while :; do
        if ! read_config_map "${2:-}"; then
            log "there is no $WHAT; nothing to keep in step"
            SKIPPED=true
            return 0
        fi
        wanted=$("$1")
        [ -n "$wanted" ] || return 0
        if [ "$VERB" = ensure ]; then write_state previous "$VALUE"; fi
        log "setting $KEY in $WHAT from $VALUE to $wanted"
        if patch_config_map "$wanted"; then
            CHANGED=true
            return 0
        fi
        attempt=$((attempt + 1))
        [ "$attempt" -lt "${ATTEMPTS:-5}" ] ||
            fail 76 "$WHAT was changed by somebody else $attempt times in between; expected a quiet moment; next: try again"
        log "somebody else changed it in between; reading it again"
        pause
    done
}

wanted_on() {
    if [ "$VALUE" != true ]; then echo true; fi
}

wanted_before() {
    if [ "$VALUE" = true ]; then read_state previous; fi
}

report() {
    if [ "$SKIPPED" = true ]; then content=null; else content="\"$(sha256_of "$WORK/content")\""; fi
    result "{\"node\":$(json_string "$NODE_NAME"),\"changed\":$CHANGED,\"skipped\":$SKIPPED,\"contentSha256\":$content}"
}

ensure() {
    [ $# = 0 ] || log "called with: $*"
    require_everything
    take_lock
    bring_in_step wanted_on effective
    report
}

revert() {
    require_everything
    take_lock
    if [ -z "$(read_state previous)" ]; then
        log "$KEY in $WHAT was not set from this node; nothing to revert"
        SKIPPED=true
    else
        bring_in_step wanted_before
    fi
    forget_state previous
    rmdir "$STATE" "${STATE%/*}" 2>/dev/null || :
    report
}

status() {
    require_everything
    if ! read_config_map effective; then
        result "{\"node\":$(json_string "$NODE_NAME"),\"inSync\":true,\"causes\":[],\"skipped\":true,\"digest\":\"\"}"
        return 0
    fi
    in_sync=true causes=
    if [ "$VALUE" != true ]; then causes=kubelet-config:$VALUE; fi
    if script_is_missing; then causes="$causes script-missing"; fi
    [ -z "$causes" ] || in_sync=false
    # shellcheck disable=SC2086 # a cause holds no white space
    result "{\"node\":$(json_string "$NODE_NAME"),\"inSync\":$in_sync,\"causes\":$(json_list $causes),\"value\":\"$VALUE\",\"digest\":\"$(sha256_of "$WORK/reply" | cut -c 1-8)\"}"
}

main() {
    set -euf
    CHANGED=false SKIPPED=false
    prepare
    VERB=${1:-}
    STATE=$STATE/kubelet-config
    [ $# = 0 ] || shift
    trap 'log "error: interrupted by a signal; expected to finish; next: try again"; exit 75' TERM INT HUP
    case $VERB in
        ensure)
            ensure "$@"
            keep_newest_scripts
            ;;
        revert)
            revert
            remove_scripts
            remove_uploads
            ;;
        status) status ;;
        *) fail 64 "unknown verb '$VERB'; expected ensure, revert or status; next: see components/scripts/kubelet/kubelet-config.sh" ;;
    esac
}

main "$@"
