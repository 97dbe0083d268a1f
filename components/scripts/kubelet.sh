# shellcheck shell=sh
# Turns on serverTLSBootstrap for the kubelet of this node, safely. Sent behind common.sh and kubelet-lib.sh.
#
#   ensure [note...]   sets the key, restarts the kubelet if it runs without it, waits for its certificate, verifies it.
#                      Further words are only logged.
#   revert             puts the key back to what it was before ensure changed it
#   status             says what ensure would find; reads only
#
# Header: NODE_NAME, NODE_ADDRESSES (space separated: all that the certificate may carry), APPROVAL_TIMEOUT (300 s),
# KUBELET_CA (PEM; default: the CA in the kubelet's kubeconfig). Time limits, in seconds: HEALTH_TIMEOUT (60),
# STABLE_SECONDS (5), RESTART_TIMEOUT (60), LOCK_TIMEOUT (60), FIND_TIMEOUT (10), POLL_SECONDS (1).
#
# State in /var/lib/secure-metrics-server/kubelet: previous (the key's value before us, and the file), pending (a change
# that is not yet proven good: verb, hash before, hash after), backup and arguments (what is needed to undo it), started
# (the start of the kubelet that is known to have the setting), seeded (whose the copies of the self-signed pair are).

KEY=serverTLSBootstrap

# --- checks ----------------------------------------------------------------------------------------------------------

require_everything() {
    require_tools awk cat chmod cmp cp cut date flock grep id journalctl mkdir mktemp mv openssl readlink rm sed \
        sha256sum sleep sort systemctl tail timeout tr
    has curl || has wget || has bash || has perl ||
        fail 72 "missing tools: curl, wget, bash or perl; expected one of them to ask healthz; next: install one on the node"
    require_root
    make_work_directory
}

# All that must hold before anything is changed. Sets FILE_VALUE.
examine() {
    read_kubelet
    refuse_overrides
    require_identity
    inspect_config effective
}

inspect_config() { # [effective]
    answer=$(inspect_yaml "$CONFIG" "$KEY" "${1:-}")
    case $answer in
        'value '*) FILE_VALUE=${answer#value } ;;
        *) fail 65 "$CONFIG_NAME has ${answer#refused }; expected one plain block mapping of kind KubeletConfiguration; next: change it by hand, then run again" ;;
    esac
}

# A kubelet that is ill already would make our change look bad, and a roll-back could not help.
require_healthy_before() {
    deadline=$(($(now) + ${FIND_TIMEOUT:-10}))
    until healthz_answers; do
        [ "$(now)" -lt "$deadline" ] ||
            fail 65 "the kubelet is unhealthy before any change: healthz on $HEALTHZ_ADDRESS:$HEALTHZ_PORT does not answer ok; expected ok; next: journalctl -u kubelet"
        pause
    done
}

# --- one change, proven good or undone -------------------------------------------------------------------------------

# Reads what an earlier run left behind when it was killed. Its backup is the one to go back to if the file is still
# exactly what it wrote; otherwise the file is judged afresh.
load_pending() {
    PENDING=$(read_state pending)
    OLD_SHA=$(sha256_of "$CONFIG")
    RESUMING=false
    [ -n "$PENDING" ] || return 0
    log "an earlier run was interrupted in the middle of its change"
    set +f
    # shellcheck disable=SC2086 # three words
    set -- $PENDING
    set -f
    if [ "$1" = "$VERB" ] && [ "$3" = "$OLD_SHA" ] && [ "$(sha256_of "$STATE/backup" 2>/dev/null)" = "$2" ]; then
        RESUMING=true
        OLD_SHA=$2
    fi
}

# From here to settle, whatever ends this run undoes the change; whatever kills it leaves enough for the next run.
begin_change() { # NEW_SHA256
    [ "$RESUMING" = false ] || { CHANGING=true; return 0; }
    write_state arguments "$(cat "$WORK/arguments")"
    { cp -p "$CONFIG" "$STATE/.backup.new" && mv -f "$STATE/.backup.new" "$STATE/backup"; } 2>/dev/null ||
        fail 73 "cannot write ${STATE#"$ROOT"}/backup; expected it writable; next: df /var/lib"
    flush "$STATE/backup" "$STATE/arguments"
    write_state pending "$VERB $OLD_SHA $1"
    CHANGING=true
}

settle() {
    CHANGING=false
    forget_state pending arguments
}

# Puts FILE in place of the configuration in one step, with the same owner and mode.
stage_file() { # FILE
    STAGE=$(mktemp "${CONFIG%/*}/.secure-metrics-server.XXXXXX" 2>/dev/null) && cp -p "$CONFIG" "$STAGE" 2>/dev/null &&
        { cat "$1" >"$STAGE"; } 2>/dev/null && cmp -s "$1" "$STAGE" && flush "$STAGE"
}

install_stage() {
    mv -f "$STAGE" "$CONFIG" && STAGE='' && flush "${CONFIG%/*}"
}

# Sets the key in the file, not yet in the running kubelet.
change_config() { # VALUE
    if ! edit_yaml "$CONFIG" "$KEY" "$1" "$WORK/new" || [ "$(inspect_yaml "$WORK/new" "$KEY")" != "value $1" ]; then
        fail 65 "$CONFIG_NAME cannot be edited without touching more than $KEY; expected a plain file; next: set $KEY by hand"
    fi
    stage_file "$WORK/new" || fail 73 "cannot write into ${CONFIG_NAME%/*}; expected it writable; next: mount | grep ${CONFIG_NAME%/*}"
    begin_change "$(sha256_of "$WORK/new")"
    if [ "$VERB" = ensure ]; then write_state previous "$FILE_VALUE $CONFIG_NAME"; fi
    log "setting $KEY in $CONFIG_NAME from $FILE_VALUE to $1"
    install_stage || fail 73 "cannot replace $CONFIG_NAME; expected it writable; next: ls -l $CONFIG_NAME"
    CHANGED=true
}

# Restarts the kubelet and ends the script, with everything undone, unless it comes back well.
restart_or_roll_back() {
    log "restarting the kubelet"
    RESTARTED=true
    UNHEALTHY="systemctl restart kubelet failed"
    if restart_kubelet && stays_healthy "${HEALTH_TIMEOUT:-60}"; then
        write_state started "$(this_start "$(sha256_of "$CONFIG")")"
        settle
        log "the kubelet is healthy"
        return 0
    fi
    problem=$UNHEALTHY
    keep_journal
    log "the kubelet is unhealthy: $problem; rolling back"
    if roll_back; then
        code=69 outcome="rolled back, the kubelet is healthy again"
    else
        code=70 outcome="rolled back, but the kubelet is still unhealthy ($UNHEALTHY)"
    fi
    log "the last lines of its journal:"
    log_lines <"$WORK/journal"
    fail "$code" "kubelet unhealthy after the change: $problem; expected a healthy one; $outcome; next: journalctl -u kubelet"
}

# The old file back byte for byte, the copies gone, and the kubelet as it was.
roll_back() {
    CHANGING=false
    trap '' TERM INT HUP
    if [ "$(sha256_of "$CONFIG")" != "$OLD_SHA" ]; then
        UNHEALTHY="the backup could not be put back"
        [ "$(sha256_of "$STATE/backup")" = "$OLD_SHA" ] || return 1
        STAGE=$(mktemp "${CONFIG%/*}/.secure-metrics-server.XXXXXX") && cp -p "$STATE/backup" "$STAGE" && install_stage || return 1
    fi
    if [ "$VERB" = ensure ]; then
        remove_seed
        [ "$(inspect_yaml "$CONFIG" "$KEY")" = "value true" ] || forget_state previous
    fi
    forget_state started
    CHANGED=false
    if [ "$RESTARTED" = true ] || [ -n "$PENDING" ]; then
        timeout 10 systemctl reset-failed kubelet >/dev/null 2>&1 || :
        UNHEALTHY="systemctl restart kubelet failed"
        if restart_kubelet && stays_healthy "${HEALTH_TIMEOUT:-60}"; then :; else
            forget_state pending arguments
            return 1
        fi
    fi
    forget_state pending arguments
}

# Whatever ends the script in the middle of a change undoes it first.
finish() { # EXIT_CODE
    code=$1 outcome="nothing was changed"
    [ "$CHANGED" = false ] || outcome="$KEY stays as it was set"
    if [ "$CHANGING" = true ]; then
        log "ending in the middle of the change; rolling back"
        if roll_back; then
            outcome="rolled back"
        else
            code=70 outcome="the roll-back failed: $UNHEALTHY"
        fi
        log "$outcome"
    fi
    if [ "$INTERRUPTED" = true ]; then log "error: interrupted by a signal; expected to finish; $outcome; next: try again"; fi
    [ -z "$STAGE" ] || rm -f "$STAGE"
    remove_work_directory
    trap - EXIT
    exit "$code"
}

# Temporary files of a run that was killed; only called under the lock.
remove_stale_stages() {
    set +f
    rm -f "${CONFIG%/*}"/.secure-metrics-server.??????
    set -f
}

# --- the certificate -------------------------------------------------------------------------------------------------

# Begins with the handshake that was just made, to find out what runs or whether it is healthy.
wait_for_certificate() {
    deadline=$(($(now) + ${APPROVAL_TIMEOUT:-300})) told=
    while :; do
        if serves_issued_certificate; then
            read_leaf
            if ! renewal_is_overdue; then return 0; fi
        fi
        [ "$(now)" -lt "$deadline" ] || certificate_not_issued
        if [ -z "$told" ]; then log "waiting up to ${APPROVAL_TIMEOUT:-300} s for the certificate"; fi
        told=1
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
    next="kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving. One of system:node:$NODE_NAME is Pending: its approver's log says why, or kubectl certificate approve NAME. There is none: kubectl get node $NODE_NAME -o wide must show an InternalIP"
    if serves_issued_certificate; then
        found="the certificate expires at $NOT_AFTER and no new one was issued"
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

kubelet_version() {
    read_unit
    timeout 5 "$ROOT/proc/$MAIN_PID/exe" --version 2>/dev/null | sed -n 's/^Kubernetes \(v[0-9A-Za-z.+-]*\)$/\1/p' || :
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
    version=$(kubelet_version)
    result "{\"node\":$(json_string "$NODE_NAME"),\"changed\":$CHANGED,\"restarted\":$RESTARTED,\"seeded\":$SEEDED,\"config\":$(json_string "$CONFIG_NAME"),\"configSha256\":\"$(sha256_of "$CONFIG")\",\"certificate\":$(certificate_json)${version:+,\"kubelet\":\"$version\"}}"
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
    # shellcheck disable=SC2034 # common.sh reads it
    ON_FAILURE=report_refusal
    examine
    find_out_running "$FILE_VALUE"
    CAUSES='' certificate=null trusted=false
    [ "$FILE_VALUE" = true ] || add_cause "$KEY:$FILE_VALUE"
    if [ "$FILE_VALUE" = true ] && [ "$RUNNING" = off ]; then add_cause kubelet-not-restarted; fi
    if [ -n "$(read_state pending)" ]; then add_cause interrupted-change; fi
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

add_cause() {
    CAUSES="$CAUSES $1"
}

# Tells one drift from the next one that looks the same.
digest() {
    sha256_of "$WORK/identity" | cut -c 1-8
}

main() {
    set -euf
    CHANGED=false RESTARTED=false SEEDED=false CHANGING=false INTERRUPTED=false PENDING='' RESUMING=false STAGE='' OLD_SHA=''
    prepare
    VERB=${1:-}
    STATE=$STATE/kubelet
    [ $# = 0 ] || shift
    NODE_ADDRESSES=${NODE_ADDRESSES:-}
    trap 'finish $?' EXIT
    trap 'INTERRUPTED=true; exit 75' TERM INT HUP
    case $VERB in
        ensure | revert | status) "$VERB" "$@" ;;
        *) fail 64 "unknown verb '$VERB'; expected ensure, revert or status; next: see components/scripts/kubelet.sh" ;;
    esac
}

main "$@"
