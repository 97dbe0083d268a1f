# shellcheck shell=sh
# Whether the running kubelet is healthy, and whether it has the setting. Sent behind process.sh.

# --- health ----------------------------------------------------------------------------------------------------------

# Asks healthz with whatever client the node has.
healthz_answers() {
    [ "$HEALTHZ_PORT" != 0 ] || return 0
    url=http://$HEALTHZ_ADDRESS:$HEALTHZ_PORT/healthz
    : >"$WORK/healthz"
    if has curl; then
        timeout 5 curl -s -m 3 -o "$WORK/healthz" "$url"
    elif has wget; then
        timeout 5 wget -q -O "$WORK/healthz" "$url"
    elif has bash; then
        # shellcheck disable=SC2016 # bash expands it
        timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf "GET /healthz HTTP/1.0\r\n\r\n" >&3 && cat <&3' \
            healthz "$HEALTHZ_ADDRESS" "$HEALTHZ_PORT" >"$WORK/healthz"
    else
        # shellcheck disable=SC2016 # perl expands it
        timeout 5 perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new("$ARGV[0]:$ARGV[1]") or exit 1;
            print $s "GET /healthz HTTP/1.0\r\n\r\n"; print while <$s>' "$HEALTHZ_ADDRESS" "$HEALTHZ_PORT" >"$WORK/healthz"
    fi 2>/dev/null || return 1
    [ "$(tail -n 1 "$WORK/healthz")" = ok ]
}

# Shakes hands with the kubelet. HANDSHAKE is "certificate" (the chain is in served.pem, the leaf in leaf.pem), "alert"
# (it speaks TLS but has no certificate) or "none".
shake_hands() {
    HANDSHAKE=none
    : >"$WORK/leaf.pem"
    SSL_CERT_FILE=/nonexistent SSL_CERT_DIR=/nonexistent \
        timeout 5 openssl s_client -connect "$ADDRESS:$PORT" -showcerts >"$WORK/handshake" 2>&1 || :
    only_certificates <"$WORK/handshake" >"$WORK/served.pem"
    if [ -s "$WORK/served.pem" ]; then
        sed '/^-----END/q' "$WORK/served.pem" >"$WORK/leaf.pem"
        HANDSHAKE=certificate
    elif grep -q 'alert internal error\|alert number 80' "$WORK/handshake"; then
        HANDSHAKE=alert
    fi
    return 0
}

# A kubelet is back within a second. Not every sleep knows fractions.
pause_briefly() {
    sleep "${POLL_SECONDS:-0.2}" 2>/dev/null || sleep 1
}

restart_kubelet() {
    timeout "${RESTART_TIMEOUT:-60}" systemctl restart kubelet >"$WORK/restart" 2>&1 8>&- 9>&-
}

# Good is: healthz says ok, the port speaks TLS, and the same process for STABLE_SECONDS. PROVEN_SECONDS are enough for one that
# serves a certificate which was issued since its start: it has read its file, reached the API server and got what it asked for.
# Bad is: a second automatic restart, or the deadline. What systemctl says means little: a kubelet with a broken file is active
# for a moment, too.
stays_healthy() { # SECONDS
    read_unit
    time=$(now)
    deadline=$((time + $1)) first_restarts=$RESTARTS last_pid='' changes=0 since=
    while :; do
        if [ "$MAIN_PID" = 0 ]; then
            since=
        elif [ "$MAIN_PID" != "$last_pid" ]; then
            [ -z "$last_pid" ] || changes=$((changes + 1))
            last_pid=$MAIN_PID since=
        fi
        # systemd may begin to count afresh
        if [ "$RESTARTS" -lt "$first_restarts" ]; then first_restarts=$RESTARTS; fi
        if [ $((RESTARTS - first_restarts)) -ge 2 ] || [ "$changes" -ge 2 ]; then
            UNHEALTHY="it was restarted twice by systemd"
            return 1
        fi
        if ! healthz_answers; then
            UNHEALTHY="healthz on $HEALTHZ_ADDRESS:$HEALTHZ_PORT does not answer ok" since=
        elif shake_hands && [ "$HANDSHAKE" = none ]; then
            UNHEALTHY="no TLS handshake on $ADDRESS:$PORT" since=
        elif [ "$MAIN_PID" != 0 ]; then
            UNHEALTHY="its process changes"
            since=${since:-$time}
            if [ $((time - since)) -ge "${STABLE_SECONDS:-5}" ]; then return 0; fi
            if [ $((time - since)) -ge "${PROVEN_SECONDS:-2}" ] && serves_new_certificate; then return 0; fi
        fi
        if [ "$time" -ge "$deadline" ]; then
            UNHEALTHY="$UNHEALTHY after $1 s"
            return 1
        fi
        pause_briefly
        read_unit
        time=$(now)
    done
}

# The journal says why; it is kept before a roll-back adds its own lines.
keep_journal() {
    timeout 10 journalctl -u kubelet -n 15 --no-pager -o cat >"$WORK/journal" 2>/dev/null || :
    if [ -s "$WORK/restart" ]; then cat "$WORK/restart" >>"$WORK/journal"; fi
}

# --- does the running kubelet have the setting? ------------------------------------------------------------------------

# Identifies one start of the kubelet with one content of its file.
this_start() { # CONFIG_SHA256
    read_unit
    { read -r boot <"$ROOT/proc/sys/kernel/random/boot_id" || boot=unknown; } 2>/dev/null
    printf '%s %s %s' "$boot" "$STARTED" "$1"
}

serves_issued_certificate() {
    [ "$HANDSHAKE" = certificate ] && [ -r "$CERT_DIR/kubelet-server-current.pem" ] &&
        [ "$(fingerprint "$WORK/leaf.pem")" = "$(fingerprint "$CERT_DIR/kubelet-server-current.pem")" ]
}

# Is it another one than before the restart? A roll-back and a start that was not ours know of none before.
serves_new_certificate() {
    [ -n "$ISSUED_BEFORE" ] && serves_issued_certificate && [ "$(fingerprint "$WORK/leaf.pem")" != "$ISSUED_BEFORE" ]
}

# Sets RUNNING to on or off. A file's time is never evidence: kubeadm and cp -p mislead it.
find_out_running() { # FILE_VALUE
    RUNNING=off
    shake_hands
    if [ "$(kubelet_switch rotate-server-certificates)" = true ]; then
        RUNNING=on
    elif [ "$1" = true ] && [ "$(read_state started)" = "$(this_start "$(sha256_of "$CONFIG")")" ]; then
        RUNNING=on
    elif serves_issued_certificate; then
        RUNNING=on
    elif [ "$1" = true ] && [ "$HANDSHAKE" = alert ]; then
        RUNNING=on
    fi
}
