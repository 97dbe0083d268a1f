# shellcheck shell=sh
# What a kubelet serves, whether that is good, and what it serves until it has a new one. Sent behind health.sh.

# --- certificates ----------------------------------------------------------------------------------------------------

# The fingerprint of the first certificate in a file, without a slow look by openssl x509.
fingerprint() { # FILE
    sum=$(only_certificates <"$1" 2>/dev/null | sed -n '/^-----END/q; /^-----/!p' | openssl base64 -d 2>/dev/null | sha256sum)
    printf '%s' "${sum%% *}"
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
    if grep -q '^IP [0-9A-Fa-f.:]* does match certificate' "$WORK/leaf"; then MATCHES=true; fi
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
        CAUSE="certificate-unknown-ca"
        if other=$(issuer_in "$WORK/kubeconfig-ca.pem"); then
            other="the CA with sha256 $other, which the kubelet itself trusts"
        else
            other="$(quoted "$ISSUED_BY"), which the kubelet does not know either"
        fi
        FINDING="the served certificate $(fingerprint "$WORK/leaf.pem") was issued by $other; expected a CA with sha256 $(bundle_fingerprints "$WORK/ca.pem"); next: set kubeletCa to the CA that signs kubelet certificates, or if it does not belong there, remove ${CERT_DIR#"$ROOT"}/kubelet-server-current.pem and restart the kubelet"
        return 0
    fi
    if [ "$SECONDS_LEFT" -le 0 ]; then
        CAUSE="certificate-expired"
        FINDING="the served certificate expired at $NOT_AFTER; expected a valid one; next: kubectl get csr, then approve that of system:node:$NODE_NAME"
        return 0
    fi
    extra=$(awk 'NR == FNR { allowed[$0] = 1; next } !($0 in allowed)' "$WORK/allowed" "$WORK/names")
    if [ -n "$extra" ]; then
        CAUSE="certificate-names"
        FINDING="the served certificate carries $(quoted "$extra") as well; expected nothing but: $(tr '\n' ' ' <"$WORK/allowed"); next: add it to the node's addresses if it is its own"
        return 0
    fi
    [ "$MATCHES" = false ] || return 0
    while read -r address; do
        case $(openssl x509 -in "$WORK/leaf.pem" -noout -checkip "$address" 2>/dev/null) in *'does match'*) return 0 ;; esac
    done <"$WORK/own-addresses"
    CAUSE="certificate-names"
    FINDING="the served certificate carries $(quoted "$(cat "$WORK/names")"); expected one of this host's addresses: $(tr '\n' ' ' <"$WORK/own-addresses"); next: check the InternalIP of node $NODE_NAME"
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
