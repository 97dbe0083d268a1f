# shellcheck shell=sh
# Checks before a change of the configuration, and the change, proven good or undone. Sent behind certificate.sh.

KEY=serverTLSBootstrap

# --- checks ----------------------------------------------------------------------------------------------------------

require_all_tools() {
    require_tools awk cat chmod cmp cp cut date flock grep head id journalctl mkdir mktemp mv openssl readlink rm sed \
        sha256sum sleep sort systemctl tail timeout tr
    has curl || has wget || has bash || has perl ||
        fail 72 "missing tools: curl, wget, bash or perl; expected one of them to ask healthz; next: install one on the node"
}

require_everything() {
    require_all_tools
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

# The same for the look before the first change, and that the file can be replaced.
examine_places() {
    examine
    require_writable "${CONFIG%/*}" "$CERT_DIR"
}

inspect_config() { # [effective]
    answer=$(inspect_yaml "$CONFIG" "$KEY" "${1:-}")
    case $answer in
        'value '*) FILE_VALUE=${answer#value } ;;
        'refused tls'*) refuse_own_certificate "${answer#refused }" ;;
        *) fail 65 "$CONFIG_NAME has ${answer#refused }; expected one plain block mapping of kind KubeletConfiguration; next: change it by hand, then run again" ;;
    esac
}

# A certificate that somebody chose wins over the one that the kubelet would ask for.
refuse_own_certificate() { # WHAT_WAS_FOUND
    next="take tlsCertFile and tlsPrivateKeyFile out of $CONFIG_NAME, then run again: the kubelet is restarted and asks for one"
    served=$(judge_served) || served="the served certificate cannot be read"
    case $served in *' verifies '*) next="$next; or keep it, renew it yourself, and use MetricsServer alone" ;; esac
    fail 65 "$CONFIG_NAME has $1 ($served); expected neither tlsCertFile nor tlsPrivateKeyFile; next: $next"
}

# Tells whether it could stay.
judge_served() {
    shake_hands
    if [ "$HANDSHAKE" != certificate ]; then
        echo "no certificate is served"
        return 0
    fi
    read_leaf
    judge_certificate
    case $CAUSE in
        '') echo "the served certificate verifies until $NOT_AFTER" ;;
        certificate-names)
            printf 'the served certificate is for %s, and not for %s alone\n' "$(quoted "$(cat "$WORK/names")")" \
                "$(quoted "$NODE_NAME $(cat "$WORK/own-addresses")")"
            ;;
        *) printf '%s\n' "${FINDING%%; expected*}" ;;
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
    [ "$RESUMING" = false ] || {
        CHANGING=true
        return 0
    }
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
    ISSUED_BEFORE=none
    if [ -r "$CERT_DIR/kubelet-server-current.pem" ]; then ISSUED_BEFORE=$(fingerprint "$CERT_DIR/kubelet-server-current.pem"); fi
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
    CHANGING=false ISSUED_BEFORE=''
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
