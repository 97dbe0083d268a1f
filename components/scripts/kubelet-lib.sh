# shellcheck shell=sh disable=SC2034 # kubelet.sh reads the variables in capitals
# What kubelet.sh knows about a running kubelet: where its configuration is, whether it is healthy, and what it serves.

# --- the running kubelet ---------------------------------------------------------------------------------------------

# Asks systemd once and sets MAIN_PID, RESTARTS and STARTED.
read_unit() {
    MAIN_PID=0 RESTARTS=0 STARTED=unknown
    timeout 10 systemctl show -p MainPID -p NRestarts -p ExecMainStartTimestampMonotonic kubelet >"$WORK/unit" 2>/dev/null || :
    while IFS='=' read -r name value; do
        case $name=$value in
            MainPID=*[!0-9]* | NRestarts=*[!0-9]* | *=) ;;
            MainPID=*) MAIN_PID=$value ;;
            NRestarts=*) RESTARTS=$value ;;
            ExecMainStartTimestampMonotonic=*) STARTED=$value ;;
        esac
    done <"$WORK/unit"
}

# Finds the kubelet that runs under systemd and keeps its arguments, one a line. A kubelet that crashes and comes back is
# seldom there to be asked: an interrupted change left its arguments in the state directory.
find_kubelet() {
    deadline=$(($(now) + ${FIND_TIMEOUT:-10}))
    while :; do
        read_unit
        if [ "$MAIN_PID" != 0 ]; then
            { tr '\000' '\n' <"$ROOT/proc/$MAIN_PID/cmdline" >"$WORK/arguments" || :; } 2>/dev/null
            if [ -s "$WORK/arguments" ]; then return 0; fi
        fi
        if [ -s "$STATE/arguments" ] && [ -n "$(read_state pending)" ]; then
            cp "$STATE/arguments" "$WORK/arguments"
            return 0
        fi
        [ "$(now)" -lt "$deadline" ] || return 1
        pause
    done
}

# The last value of a flag of the running kubelet, as --flag=value or --flag value; the kubelet reads _ as -.
kubelet_flag() { # NAME [DEFAULT]
    value=${2:-} take=
    while IFS= read -r argument; do
        if [ -n "$take" ]; then
            value=$argument take=
            continue
        fi
        if [ "$argument" = -- ]; then break; fi
        if [ "$(flag_name "$argument")" = "--$1" ]; then
            case $argument in *=*) value=${argument#*=} ;; *) take=1 ;; esac
        fi
    done <"$WORK/arguments"
    printf '%s\n' "$value"
}

# The same for a boolean flag, which takes no separate value: true, false, or nothing if it is absent.
kubelet_switch() { # NAME
    answer=
    while IFS= read -r argument; do
        if [ "$argument" = -- ]; then break; fi
        if [ "$(flag_name "$argument")" = "--$1" ]; then
            case $argument in *=[1tT] | *=[tT][rR][uU][eE]) answer=true ;; *=*) answer=false ;; *) answer=true ;; esac
        fi
    done <"$WORK/arguments"
    printf '%s\n' "$answer"
}

flag_name() { # ARGUMENT
    case ${1%%=*} in
        *_*) printf '%s' "${1%%=*}" | tr _ - ;;
        *) printf '%s' "${1%%=*}" ;;
    esac
}

# A flag names no file it came from; the places where kubeadm and the packages keep them can be searched.
where_flag_is() { # FLAG
    places=
    for file in /var/lib/kubelet/kubeadm-flags.env /etc/default/kubelet /etc/sysconfig/kubelet; do
        if grep -q -e "$1" "$ROOT$file" 2>/dev/null; then places="${places:+$places, }$file"; fi
    done
    printf '%s' "${places:-the unit (systemctl cat kubelet)}"
}

refuse_flag() { # FLAG AS_FOUND
    fail 65 "the kubelet runs with $2, from $(where_flag_is "$1"), which overrides its configuration file; expected no such flag; next: remove it there, then systemctl restart kubelet"
}

# Other distributions issue kubelet certificates themselves, or have no file to edit. A live process decides, unless it runs
# in a container (a cluster inside of this one); files decide only where no kubelet.service runs, since they outlive an
# uninstalled distribution.
refuse_other_distributions() { # [with-files]
    set +f
    for comm in "$ROOT"/proc/[0-9]*/comm; do
        name=
        { read -r name <"$comm" || :; } 2>/dev/null
        case $name in
            k3s | k3s-server | k3s-agent) other=k3s ;;
            rke2 | rke2-server | rke2-agent) other=RKE2 ;;
            k0s) other=k0s ;;
            kubelite) other=microk8s ;;
            *) continue ;;
        esac
        if [ "$(pid_namespace "${comm%/comm}")" = "$(pid_namespace "$ROOT/proc/self")" ]; then
            refuse_distribution "$other" "the process $name runs"
        fi
    done
    set -f
    [ "${1:-}" = with-files ] || return 0
    if grep -qi '^ID="*talos' "$ROOT/etc/os-release" 2>/dev/null; then refuse_distribution Talos "/etc/os-release says so"; fi
    while read -r other evidence; do
        if [ -e "$ROOT$evidence" ]; then refuse_distribution "$other" "$evidence exists"; fi
    done <<END
RKE2 /etc/rancher/rke2
RKE2 /var/lib/rancher/rke2
k3s /etc/rancher/k3s
k3s /var/lib/rancher/k3s
k0s /etc/k0s
k0s /var/lib/k0s
microk8s /var/snap/microk8s
END
}

pid_namespace() { # PROCESS
    readlink "$1/ns/pid" 2>/dev/null || :
}

refuse_distribution() { # NAME EVIDENCE
    case $1 in
        k3s | RKE2) next="it signs its kubelets' certificates itself, see https://docs.k3s.io/cli/certificate" ;;
        k0s) next="it sets serverTLSBootstrap itself, see https://docs.k0sproject.io" ;;
        microk8s) next="see https://microk8s.io/docs/services-and-ports" ;;
        *) next="set machine.kubelet.extraArgs.rotate-server-certificates, see https://docs.siderolabs.com/talos" ;;
    esac
    fail 65 "this node runs $1 ($2); expected a kubeadm-style kubelet.service; next: $next; use MetricsServer alone"
}

# Sets CONFIG, CERT_DIR, KUBECONFIG, PORT … from what the running kubelet was started with.
read_kubelet() {
    if ! find_kubelet; then
        refuse_other_distributions with-files
        fail 65 "kubelet.service is not running; expected a running kubelet; next: systemctl status kubelet"
    fi
    refuse_other_distributions
    CONFIG_NAME=$(kubelet_flag config)
    case $CONFIG_NAME in
        /*) ;;
        *) fail 65 "the kubelet runs with --config='$CONFIG_NAME'; expected an absolute path; next: systemctl cat kubelet" ;;
    esac
    if [ ! -e "$ROOT$CONFIG_NAME" ]; then
        fail 65 "$CONFIG_NAME does not exist; expected the kubelet's configuration; next: ls -l $CONFIG_NAME"
    fi
    CONFIG=$(readlink -f "$ROOT$CONFIG_NAME") || CONFIG=
    if [ ! -f "$CONFIG" ] || [ ! -r "$CONFIG" ]; then
        fail 65 "$CONFIG_NAME is not a readable regular file; expected one; next: ls -lL $CONFIG_NAME"
    fi
    CERT_DIR=$ROOT$(kubelet_flag cert-dir /var/lib/kubelet/pki)
    KUBECONFIG_NAME=$(kubelet_flag kubeconfig)
    read_endpoints
}

# Where the kubelet listens: a flag wins over the file, the file over the default.
read_endpoints() {
    PORT=$(kubelet_flag port "$(yaml_scalar "$CONFIG" port)")
    ADDRESS=$(kubelet_flag address "$(yaml_scalar "$CONFIG" address)")
    HEALTHZ_PORT=$(kubelet_flag healthz-port "$(yaml_scalar "$CONFIG" healthzPort)")
    HEALTHZ_ADDRESS=$(kubelet_flag healthz-bind-address "$(yaml_scalar "$CONFIG" healthzBindAddress)")
    PORT=${PORT:-10250}
    HEALTHZ_PORT=${HEALTHZ_PORT:-10248}
    case $ADDRESS in '' | 0.0.0.0 | ::) ADDRESS=127.0.0.1 ;; esac
    case $HEALTHZ_ADDRESS in '' | 0.0.0.0 | ::) HEALTHZ_ADDRESS=127.0.0.1 ;; esac
    case $ADDRESS in *:*) ADDRESS="[$ADDRESS]" ;; esac
    case $HEALTHZ_ADDRESS in *:*) HEALTHZ_ADDRESS="[$HEALTHZ_ADDRESS]" ;; esac
}

# Flags and drop-ins that would make an edit of the file ineffective.
refuse_overrides() {
    if [ "$(kubelet_switch rotate-server-certificates)" = false ]; then
        refuse_flag rotate-server-certificates --rotate-server-certificates=false
    fi
    for flag in tls-cert-file tls-private-key-file; do
        [ -z "$(kubelet_flag "$flag")" ] || refuse_flag "$flag" "--$flag=$(kubelet_flag "$flag")"
    done
    case $(kubelet_flag feature-gates) in
        *RotateKubeletServerCertificate=[fF0]*) refuse_flag feature-gates --feature-gates=RotateKubeletServerCertificate=false ;;
    esac
    drop_ins=$(kubelet_flag config-dir)
    [ -n "$drop_ins" ] || return 0
    set +f
    for file in "$ROOT$drop_ins"/*.conf; do
        [ -f "$file" ] || continue
        found=$(awk '!/^ *#/ && match($0, /serverTLSBootstrap|tlsCertFile|tlsPrivateKeyFile|RotateKubeletServerCertificate/) {
            print substr($0, RSTART, RLENGTH); exit }' "$file")
        [ -z "$found" ] || fail 65 "the drop-in ${file#"$ROOT"} sets $found, which overrides $CONFIG_NAME; expected no such drop-in; next: remove $found from it"
    done
    set -f
}

# --- identity --------------------------------------------------------------------------------------------------------

# One value from the kubelet's kubeconfig, which has one user and one cluster.
kubeconfig_value() { # KEY
    awk -v wanted="$1:" '
        $1 == wanted || ($1 == "-" && $2 == wanted) {
            value = $NF; gsub(/["\047]/, "", value); print value
            if (++count > 1) exit
        }' "$ROOT$KUBECONFIG_NAME"
}

# Writes the certificates that a kubeconfig holds under KEY (a path) or KEY-data (base64) to a file, never a key.
kubeconfig_certificates() { # KEY FILE
    if [ -z "$KUBECONFIG_NAME" ] || [ ! -r "$ROOT$KUBECONFIG_NAME" ]; then return 1; fi
    data=$(kubeconfig_value "$1-data")
    path=$(kubeconfig_value "$1")
    case "$data$path" in *'
'*) return 1 ;; esac
    case $path in '' | /*) ;; *) path=${KUBECONFIG_NAME%/*}/$path ;; esac
    if [ -n "$data" ]; then
        printf '%s' "$data" | openssl base64 -d -A
    elif [ -n "$path" ]; then
        cat "$ROOT$path"
    fi 2>/dev/null | only_certificates >"$2"
    [ -s "$2" ]
}

only_certificates() {
    awk '/^-----BEGIN CERTIFICATE-----/ { on = 1 } on { print } /^-----END CERTIFICATE-----/ { on = 0 }'
}

# The addresses of this host, in canonical form, one a line.
host_addresses() {
    if has ip; then
        ip -o addr show | awk '$3 == "inet" || $3 == "inet6" { sub(/\/.*/, "", $4); print $4 }'
    else
        awk '/\|--/ { address = $2 } / host LOCAL/ { print address }' "$ROOT/proc/net/fib_trie"
        if [ -r "$ROOT/proc/net/if_inet6" ]; then awk '{ print $1 }' "$ROOT/proc/net/if_inet6"; fi
    fi 2>/dev/null | canonical_names | sort -u
}

# An inventory that is wrong by one line must not change another machine.
require_identity() {
    kubeconfig_certificates client-certificate "$WORK/client.pem" ||
        fail 66 "no client certificate in '${KUBECONFIG_NAME:---kubeconfig}'; expected that of system:node:$NODE_NAME; next: check that the node has joined the cluster"
    subject=$(openssl x509 -in "$WORK/client.pem" -noout -subject -nameopt esc_2253,utf8,sname,sep_multiline 2>/dev/null |
        sed -n 's/^ *CN *= *//p') || :
    [ "$subject" = "system:node:$NODE_NAME" ] ||
        fail 66 "this host's kubelet is '$subject'; expected 'system:node:$NODE_NAME'; next: check the host of $NODE_NAME in the inventory"
    host_addresses >"$WORK/host-addresses"
    printf '%s\n' "$NODE_ADDRESSES" | tr ' ' '\n' | canonical_names >"$WORK/allowed"
    printf '%s\n' "$NODE_NAME" | canonical_names >>"$WORK/allowed"
    awk 'NR == FNR { here[$0] = 1; next } $0 in here' "$WORK/host-addresses" "$WORK/allowed" >"$WORK/own-addresses"
    [ -s "$WORK/own-addresses" ] ||
        fail 66 "this host has the addresses $(tr '\n' ' ' <"$WORK/host-addresses" | cut -c 1-500); expected one of: $NODE_ADDRESSES; next: check the addresses of $NODE_NAME in the inventory"
}

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

restart_kubelet() {
    timeout "${RESTART_TIMEOUT:-60}" systemctl restart kubelet >"$WORK/restart" 2>&1 8>&- 9>&-
}

# Good is: healthz says ok, the port speaks TLS, and the same process for some seconds. Bad is: a second automatic
# restart, or the deadline. What systemctl says means little: a kubelet with a broken file is active for a moment, too.
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
        fi
        if [ "$time" -ge "$deadline" ]; then
            UNHEALTHY="$UNHEALTHY after $1 s"
            return 1
        fi
        pause
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

# --- certificates ----------------------------------------------------------------------------------------------------

# The fingerprint of the first certificate in a file, without a slow look by openssl x509.
fingerprint() { # FILE
    sum=$(only_certificates <"$1" 2>/dev/null | sed -n '/^-----END/q; /^-----/!p' | openssl base64 -d 2>/dev/null | sha256sum)
    printf '%s' "${sum%% *}"
}

# Turns "notAfter=Nov 21 22:39:00 2027 GMT" into "2027-11-21T22:39:00Z 1826923140".
rfc3339() {
    awk -F= '
        {
            split($2, part, " "); split(part[3], clock, ":")
            month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", part[1]) + 2) / 3
            y = part[4] - (month <= 2); era = int(y / 400); yoe = y - era * 400
            doy = int((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + part[2] - 1
            days = era * 146097 + yoe * 365 + int(yoe / 4) - int(yoe / 100) + doy - 719468
            printf "%04d-%02d-%02dT%sZ %.0f ", part[4], month, part[2], part[3], \
                days * 86400 + clock[1] * 3600 + clock[2] * 60 + clock[3]
        }'
}

# Reads the served certificate once: NOT_AFTER (RFC 3339), SECONDS_LEFT, LIFETIME, ISSUED_BY, its names (canonical, one a
# line, in the file names) and whether it is for the first of this host's addresses (MATCHES).
read_leaf() {
    openssl x509 -in "$WORK/leaf.pem" -noout -startdate -enddate -issuer -nameopt RFC2253 -ext subjectAltName \
        -checkip "$(sed -n 1p "$WORK/own-addresses")" >"$WORK/leaf" 2>/dev/null || :
    # shellcheck disable=SC2046 # four words: two times, each in both forms
    set -- $(grep '^notBefore=' "$WORK/leaf" | rfc3339) $(grep '^notAfter=' "$WORK/leaf" | rfc3339)
    NOT_AFTER=$3
    SECONDS_LEFT=$(($4 - $(now)))
    LIFETIME=$(($4 - $2))
    ISSUED_BY=$(sed -n 's/^issuer= *//p' "$WORK/leaf")
    MATCHES=false
    if grep -q 'does match' "$WORK/leaf"; then MATCHES=true; fi
    awk '
        /^ *X509v3 Subject Alternative Name/ { on = 1; next }
        on {
            count = split($0, name, ", *")
            for (i = 1; i <= count; i++) {
                sub(/^ +/, "", name[i])
                if (!sub(/^(DNS|IP Address):/, "", name[i])) name[i] = "other:" name[i]
                print name[i]
            }
            exit
        }' "$WORK/leaf" | canonical_names >"$WORK/names"
}

# A kubelet asks for the next certificate after 70 to 90 % of the lifetime: with 5 % left, nobody approves.
renewal_is_overdue() {
    [ "$SECONDS_LEFT" -lt $((LIFETIME / 20)) ]
}

# Splits a bundle into one file a certificate, so that the one that signed can be named.
split_bundle() { # FILE PREFIX
    awk -v prefix="$2" '
        /^-----BEGIN (TRUSTED )?CERTIFICATE-----/ { count++; on = 1 }
        on { print >(prefix count) }
        /^-----END (TRUSTED )?CERTIFICATE-----/ { on = 0; close(prefix count) }
        END { print count + 0 }' "$1"
}

# Prints the fingerprint of the CA in FILE that the served chain verifies under; the system's own CAs do not count.
issuer_in() { # FILE
    count=$(split_bundle "$1" "$WORK/ca.")
    number=1
    while [ "$number" -le "$count" ]; do
        if SSL_CERT_DIR=/nonexistent SSL_CERT_FILE=/nonexistent openssl verify -purpose sslserver -partial_chain \
            -no_check_time -CAfile "$WORK/ca.$number" -untrusted "$WORK/served.pem" "$WORK/leaf.pem" >/dev/null 2>&1; then
            fingerprint "$WORK/ca.$number"
            return 0
        fi
        number=$((number + 1))
    done
    return 1
}

bundle_fingerprints() { # FILE
    count=$(split_bundle "$1" "$WORK/ca.")
    number=1
    while [ "$number" -le "$count" ] && [ "$number" -le 5 ]; do
        printf '%s ' "$(fingerprint "$WORK/ca.$number")"
        number=$((number + 1))
    done
}

# Judges the certificate that read_leaf has read. CAUSE is empty if all is well, otherwise a short word; FINDING is the sentence.
judge_certificate() {
    CAUSE='' FINDING='' ISSUER=''
    kubeconfig_certificates certificate-authority "$WORK/kubeconfig-ca.pem" || : >"$WORK/kubeconfig-ca.pem"
    if [ -n "${KUBELET_CA:-}" ]; then printf '%s\n' "$KUBELET_CA"; else cat "$WORK/kubeconfig-ca.pem"; fi >"$WORK/ca.pem"
    if ISSUER=$(issuer_in "$WORK/ca.pem"); then :; else
        CAUSE=certificate-unknown-ca
        if other=$(issuer_in "$WORK/kubeconfig-ca.pem"); then
            other="the CA with sha256 $other, which the kubelet itself trusts"
        else
            other="'$ISSUED_BY', unknown to the kubelet, too"
        fi
        FINDING="the served certificate $(fingerprint "$WORK/leaf.pem") was issued by $other; expected a CA with sha256 $(bundle_fingerprints "$WORK/ca.pem"); next: set kubeletCa to the CA that signs kubelet certificates, or if it does not belong there, remove ${CERT_DIR#"$ROOT"}/kubelet-server-current.pem and restart the kubelet"
        return 0
    fi
    if [ "$SECONDS_LEFT" -le 0 ]; then
        CAUSE=certificate-expired
        FINDING="the served certificate expired at $NOT_AFTER; expected a valid one; next: kubectl get csr, then approve that of system:node:$NODE_NAME"
        return 0
    fi
    extra=$(awk 'NR == FNR { allowed[$0] = 1; next } !($0 in allowed)' "$WORK/allowed" "$WORK/names" | tr '\n' ' ' | cut -c 1-300)
    if [ -n "$extra" ]; then
        CAUSE=certificate-names
        FINDING="the served certificate carries ${extra}as well; expected nothing but: $(tr '\n' ' ' <"$WORK/allowed"); next: add it to the node's addresses if it is its own"
        return 0
    fi
    [ "$MATCHES" = false ] || return 0
    while read -r address; do
        case $(openssl x509 -in "$WORK/leaf.pem" -noout -checkip "$address" 2>/dev/null) in *'does match'*) return 0 ;; esac
    done <"$WORK/own-addresses"
    CAUSE=certificate-names
    FINDING="the served certificate carries $(tr '\n' ' ' <"$WORK/names"); expected one of this host's addresses: $(tr '\n' ' ' <"$WORK/own-addresses"); next: check the InternalIP of node $NODE_NAME"
}

certificate_json() {
    # shellcheck disable=SC2046 # a name holds no white space
    printf '{"notAfter":"%s","sha256":"%s",%s"sans":%s}' "$NOT_AFTER" "$(fingerprint "$WORK/leaf.pem")" \
        "${ISSUER:+\"issuerSha256\":\"$ISSUER\",}" "$(json_list $(sed -n 1,20p "$WORK/names"))"
}

# --- the cut-over without a gap --------------------------------------------------------------------------------------
# A kubelet that waits for its first certificate has none to serve. With its self-signed pair under the name of the
# issued one it goes on serving that, asks for a certificate at once and swaps when it comes.

# Says why the self-signed pair cannot bridge the wait, nothing if it can.
why_not_seed() {
    current=$CERT_DIR/kubelet-server-current.pem
    if [ -e "$current" ] && openssl x509 -in "$current" -noout -checkend 0 >/dev/null 2>&1; then
        echo "a valid issued certificate is there"
    elif [ ! -s "$CERT_DIR/kubelet.crt" ] || [ ! -s "$CERT_DIR/kubelet.key" ]; then
        echo "there is no self-signed pair kubelet.crt, kubelet.key"
    elif ! public=$(openssl x509 -in "$CERT_DIR/kubelet.crt" -noout -checkend 60 -pubkey 2>/dev/null); then
        echo "the self-signed certificate has expired"
    elif [ "$(printf '%s\n' "$public" | sed '/^-----END/q' | sed -n '/^-----BEGIN/,$p')" != \
        "$(openssl pkey -in "$CERT_DIR/kubelet.key" -pubout 2>/dev/null)" ]; then
        echo "the self-signed certificate and key do not match"
    elif [ -e "$CERT_DIR/kubelet-server.crt" ] || [ -e "$CERT_DIR/kubelet-server.key" ]; then
        echo "kubelet-server.crt or kubelet-server.key is there and not ours"
    fi
}

# Each copy appears whole; the key is never readable by others.
copy_pair() { # SUFFIX
    copy=$CERT_DIR/.kubelet-server.$1.new
    cp -p "$CERT_DIR/kubelet.$1" "$copy" 2>/dev/null || return 1
    [ "$1" = crt ] || chmod 0600 "$copy" || return 1
    mv -f "$copy" "$CERT_DIR/kubelet-server.$1"
}

# The stamp comes before the copies: whoever finds them after a power cut knows whose they are.
seed_certificate() {
    remove_seed
    why=$(why_not_seed)
    if [ -n "$why" ]; then
        log "the serving certificate is not bridged: $why"
        return 0
    fi
    write_state seeded "$(sha256_of "$CERT_DIR/kubelet.crt") $(sha256_of "$CERT_DIR/kubelet.key") ${CERT_DIR#"$ROOT"}"
    if [ -e "$CERT_DIR/kubelet-server-current.pem" ] || [ -L "$CERT_DIR/kubelet-server-current.pem" ]; then
        log "moving the expired kubelet-server-current.pem away: it would shadow the copies"
        mv -f "$CERT_DIR/kubelet-server-current.pem" "$CERT_DIR/kubelet-server-current.pem.expired"
    fi
    if ! copy_pair key || ! copy_pair crt; then
        remove_seed
        log "the serving certificate is not bridged: cannot write ${CERT_DIR#"$ROOT"}"
        return 0
    fi
    SEEDED=true
}

# The certificates that were issued while the setting was on: without it the kubelet never looks at them again, and a
# key that nobody uses should not lie about.
remove_issued() {
    set +f
    rm -f "$CERT_DIR"/kubelet-server-current.pem "$CERT_DIR"/kubelet-server-[0-9]*.pem
    set -f
}

# Removes only what the stamp says is ours; an expired certificate comes back if nothing has taken its place.
remove_seed() {
    set -- "$(read_state seeded)"
    [ -n "$1" ] || return 0
    set +f
    # shellcheck disable=SC2086 # three words
    set -- $1
    set -f
    for pair in "crt $1" "key $2"; do
        copy=$ROOT$3/kubelet-server.${pair%% *}
        rm -f "$ROOT$3/.kubelet-server.${pair%% *}.new"
        if [ -f "$copy" ] && [ "$(sha256_of "$copy")" = "${pair#* }" ]; then rm -f "$copy"; fi
    done
    old=$ROOT$3/kubelet-server-current.pem
    if [ -L "$old.expired" ] || [ -e "$old.expired" ]; then
        if [ ! -L "$old" ] && [ ! -e "$old" ]; then
            mv -f "$old.expired" "$old"
        elif [ -L "$old.expired" ]; then
            rm -f "$old.expired"
        fi
    fi
    forget_state seeded
}
