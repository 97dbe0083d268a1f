# shellcheck shell=sh
# Turns on serverTLSBootstrap for the kubelet of this node, safely. Sent behind common.sh,
# process.sh, health.sh, certificate.sh and change.sh.
#
#   ensure [note...]   sets the key, restarts the kubelet if it runs without it, waits for its certificate, verifies it.
#                      Further words are only logged.
#   revert             puts the key back to what it was before ensure changed it
#   status             says what ensure would find; reads only
#   ready              says what ensure would lack or refuse here: {"problems":[...]}; reads only
#
# Header: NODE_NAME, NODE_ADDRESSES (space separated: all that the certificate may carry), APPROVAL_TIMEOUT (300 s),
# KUBELET_CA (PEM; default: the CA in the kubelet's kubeconfig). Time limits, in seconds: HEALTH_TIMEOUT (60),
# STABLE_SECONDS (5), PROVEN_SECONDS (2), RESTART_TIMEOUT (60), LOCK_TIMEOUT (60), FIND_TIMEOUT (10), POLL_SECONDS (1, and 0.2
# after a restart).
#
# State in /var/lib/secure-metrics-server/kubelet: previous (the key's value before us, and the file), pending (a change
# that is not yet proven good: verb, hash before, hash after), backup and arguments (what is needed to undo it), started
# (the start of the kubelet that is known to have the setting), seeded (whose the copies of the self-signed pair are).

# --- the certificate -------------------------------------------------------------------------------------------------

# Begins with the handshake that was just made, to find out what runs or whether it is healthy.
wait_for_certificate() {
    deadline=$(($(now) + ${APPROVAL_TIMEOUT:-300}))
    while :; do
        if serves_issued_certificate; then
            read_leaf
            if ! renewal_is_overdue; then return 0; fi
        fi
        [ "$(now)" -lt "$deadline" ] || certificate_not_issued
        pause
        shake_hands
    done
}

# The setting stays on and the kubelet healthy: only an approval is missing, and the next run finds it.
certificate_not_issued() {
    timeout 10 journalctl -u kubelet -n 400 --no-pager -o cat 2>/dev/null | awk '
        tolower($0) ~ /signing request|signed certificate|certificate request|rotate certs|no ip|no template/ { print }' |
        tail -n 5 >"$WORK/hints"
    log_lines <"$WORK/hints"
    next="kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving. One of system:node:$NODE_NAME is Pending: its approver's log says why, or kubectl certificate approve NAME. There is none: systemctl restart kubelet on $NODE_NAME if kubectl get node $NODE_NAME -o wide shows an InternalIP; it asks for none before"
    if serves_issued_certificate; then
        found="the certificate expires at $NOT_AFTER and no new one was issued"
    elif never_asked; then
        found="the kubelet did not ask for a certificate, although its Node has an InternalIP: it can miss an address that comes late (kubernetes#130001)"
        next="systemctl restart kubelet on $NODE_NAME, then run again"
    elif grep -qi 'no ip\|no template' "$WORK/hints"; then
        found="the kubelet did not ask for a certificate: the node has no IP address yet"
        next="kubectl get node $NODE_NAME -o wide must show an InternalIP (is a cloud controller missing?)"
    elif [ "$HANDSHAKE" = alert ]; then
        found="no certificate was issued, and the kubelet serves none: kubectl logs and exec fail on this node until then"
    elif [ "$HANDSHAKE" = none ]; then
        found="the kubelet does not answer on $ADDRESS:$PORT"
        next="journalctl -u kubelet"
    else
        found="no certificate was issued; the kubelet goes on serving its self-signed one"
    fi
    fail 68 "$found; expected one within ${APPROVAL_TIMEOUT:-300} s; $KEY stays on; next: $next"
}

# True where the API server says that there is no request of this node, although there is an address to ask for. It is asked
# with the kubelet's own credential, and only where there is a kubectl.
never_asked() {
    has kubectl && [ -n "$KUBECONFIG_NAME" ] || return 1
    node_kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving \
        -o go-template='{{range .items}}{{.spec.username}}{{"\n"}}{{end}}{{"end\n"}}' >"$WORK/requests"
    node_kubectl get node "$NODE_NAME" -o go-template='{{range .status.addresses}}{{.type}}{{"\n"}}{{end}}' >"$WORK/types"
    grep -qx end "$WORK/requests" && grep -qx InternalIP "$WORK/types" &&
        ! grep -qx "system:node:$NODE_NAME" "$WORK/requests"
}

node_kubectl() {
    bounded_kubectl 15 10 "$ROOT$KUBECONFIG_NAME" "$@" 2>/dev/null | head -c 1048576 || :
}

# --- verbs -----------------------------------------------------------------------------------------------------------

ensure() {
    [ $# = 0 ] || log "called with: $*"
    require_everything
    take_lock
    examine
    remove_stale_stages
    load_pending
    find_out_running "$FILE_VALUE"
    if [ -n "$PENDING" ] && [ "$RUNNING" = on ]; then
        # It may be on and crash all the time: that was not proven yet.
        if [ "$FILE_VALUE" != true ] || ! stays_healthy "${HEALTH_TIMEOUT:-60}"; then RUNNING=off; fi
    fi
    if [ "$RUNNING" = off ] && [ -z "$PENDING" ]; then require_healthy_before; fi
    if [ "$FILE_VALUE" != true ]; then change_config true; fi
    if [ "$RUNNING" = off ]; then
        begin_change_unless_begun
        seed_certificate
        restart_or_roll_back
    fi
    settle
    # Waiting changes nothing, so it does not keep others out: on a control plane the approver may need the lock.
    release_lock
    wait_for_certificate
    take_lock
    judge_certificate
    [ -z "$CAUSE" ] || fail 67 "$FINDING"
    remove_seed
    # What a run says of itself is told when it has ended, and the state keeps it for each node: so it is short.
    result "{\"changed\":$CHANGED,\"restarted\":$RESTARTED,\"seeded\":$SEEDED,\"certificate\":{\"notAfter\":\"$NOT_AFTER\",\"sha256\":\"$(fingerprint "$WORK/leaf.pem")\"}}"
}

# A restart without an edit is a change, too: the file was set before, by us or by somebody else.
begin_change_unless_begun() {
    [ "$CHANGING" = true ] || begin_change "$(sha256_of "$CONFIG")"
}

revert() {
    require_everything
    take_lock
    previous=$(read_state previous)
    if [ -z "$previous$(read_state pending)$(read_state seeded)" ]; then
        log "$KEY was not set by this package; nothing to revert"
        forget_everything
        result "{\"node\":$(json_string "$NODE_NAME"),\"changed\":false,\"restarted\":false}"
        return 0
    fi
    if [ -n "$previous" ] && [ ! -e "$ROOT${previous#* }" ] && ! find_kubelet; then
        log "${previous#* } and the kubelet are gone; nothing to revert"
        remove_seed
        forget_everything
        result "{\"node\":$(json_string "$NODE_NAME"),\"changed\":false,\"restarted\":false}"
        return 0
    fi
    read_kubelet
    require_identity
    inspect_config
    remove_stale_stages
    load_pending
    if [ -z "$PENDING" ] && [ "$FILE_VALUE" = true ] && [ -n "$previous" ]; then require_healthy_before; fi
    if [ "$FILE_VALUE" = true ] && [ -n "$previous" ]; then change_config "${previous%% *}"; fi
    if [ "$CHANGED" = true ] || [ -n "$PENDING" ]; then
        begin_change_unless_begun
        restart_or_roll_back
    fi
    if [ "$(kubelet_switch rotate-server-certificates)" = true ]; then
        log "the flag --rotate-server-certificates keeps the setting on, from $(where_flag_is rotate-server-certificates)"
    elif [ "$CHANGED" = true ]; then
        remove_issued
    fi
    remove_seed
    forget_everything
    result "{\"node\":$(json_string "$NODE_NAME"),\"changed\":$CHANGED,\"restarted\":$RESTARTED,\"config\":$(json_string "$CONFIG_NAME"),\"configSha256\":\"$(sha256_of "$CONFIG")\"}"
}

forget_everything() {
    forget_state previous pending seeded started arguments backup
    rmdir "$STATE" "${STATE%/*}" 2>/dev/null || :
}

# What makes ensure refuse is a finding for status, not a failure.
report_refusal() { # EXIT_CODE MESSAGE
    case $1 in
        65) cause=refused ;;
        66) cause=wrong-node ;;
        *)
            report_failure "$1" "$2"
            return 0
            ;;
    esac
    detail=$(printf '%s' "$2" | cut -c 1-1000)
    printf '%s' "$detail" >"$WORK/identity"
    result "{\"node\":$(json_string "$NODE_NAME"),\"inSync\":false,\"causes\":[\"$cause\"],\"detail\":$(json_string "$detail"),\"digest\":\"$(digest)\"}"
    exit 0
}

status() {
    require_everything
    ON_FAILURE=report_refusal
    examine
    find_out_running "$FILE_VALUE"
    CAUSES='' certificate=null trusted=false
    [ "$FILE_VALUE" = true ] || add_cause "$KEY:$FILE_VALUE"
    if [ "$FILE_VALUE" = true ] && [ "$RUNNING" = off ]; then add_cause kubelet-not-restarted; fi
    if [ -n "$(read_state pending)" ]; then add_cause interrupted-change; fi
    if script_is_missing; then add_cause script-missing; fi
    if [ "$HANDSHAKE" = certificate ]; then
        read_leaf
        judge_certificate
        [ "$CAUSE" = certificate-unknown-ca ] || trusted=true
        certificate=$(certificate_json)
    fi
    if [ "$RUNNING" = on ]; then
        if [ "$HANDSHAKE" = none ]; then
            add_cause kubelet-unreachable
        elif ! serves_issued_certificate; then
            add_cause certificate-not-issued
        elif [ -n "$CAUSE" ]; then
            add_cause "$CAUSE"
        elif renewal_is_overdue; then
            add_cause certificate-expiring
        elif [ -n "$(read_state seeded)" ]; then
            add_cause copies-left
        fi
    fi
    { cat "$CONFIG" && { stat -c '%Z %i' "$CONFIG" 2>/dev/null || ls -lic "$CONFIG"; }; } >"$WORK/identity"
    in_sync=true
    [ -z "$CAUSES" ] || in_sync=false
    # shellcheck disable=SC2086 # a cause holds no white space
    result "{\"node\":$(json_string "$NODE_NAME"),\"inSync\":$in_sync,\"causes\":$(json_list $CAUSES),\"digest\":\"$(digest)\",\"file\":\"$FILE_VALUE\",\"running\":\"$RUNNING\",\"config\":$(json_string "$CONFIG_NAME"),\"trusted\":$trusted,\"certificate\":$certificate}"
}

# What keeps ensure from its work, all at once. Without its tools there is no use in looking further.
ready() {
    begin_ready
    look require_all_tools
    if nothing_found; then look examine_places; fi
    look require_writable "$ROOT/var/lib"
    end_ready
}

add_cause() {
    CAUSES="$CAUSES $1"
}

# Tells one drift from the next one that looks the same.
digest() {
    sha256_of "$WORK/identity" | cut -c 1-8
}

main() {
    set -euf
    CHANGED=false RESTARTED=false SEEDED=false CHANGING=false INTERRUPTED=false PENDING='' RESUMING=false STAGE='' OLD_SHA='' ISSUED_BEFORE=''
    prepare
    VERB=${1:-}
    STATE=$STATE/kubelet
    [ $# = 0 ] || shift
    NODE_ADDRESSES=${NODE_ADDRESSES:-}
    trap 'finish $?' EXIT
    trap 'INTERRUPTED=true; exit 75' TERM INT HUP
    case $VERB in
        ensure)
            ensure "$@"
            keep_newest_scripts
            ;;
        revert)
            revert
            remove_scripts
            ;;
        status | ready) "$VERB" ;;
        *) fail 64 "unknown verb '$VERB'; expected ensure, revert, status or ready; next: see components/scripts/kubelet/kubelet.sh" ;;
    esac
}

main "$@"
