# shellcheck shell=sh
# The cluster's CA where it lies on a control-plane node, and why it could not sign. Reads only; the key is opened by openssl alone,
# and nothing of it is written or printed. Sent behind common.sh and certificates.sh.
# Header: CLUSTER_CA_SHA256 (SHA-256 of each CA certificate that the cluster publishes; without it, that is not compared), and
# NOT_AFTER (when a certificate is going to end, RFC 3339 in UTC).

# Bytes of certificates that a result can carry.
CA_BYTES=32768

# The files with which the controller manager signs; kubeadm's where it names none.
find_ca() {
    CA_SHOWN=$(signing_file cert)
    CA_SHOWN=${CA_SHOWN:-/etc/kubernetes/pki/ca.crt}
    CA_KEY_SHOWN=$(signing_file key)
    CA_KEY_SHOWN=${CA_KEY_SHOWN:-/etc/kubernetes/pki/ca.key}
    CA=$ROOT$CA_SHOWN CA_KEY=$ROOT$CA_KEY_SHOWN
}

signing_file() { # cert|key
    sed -n "s|^.*--cluster-signing-$1-file=\(/[-A-Za-z0-9._/]*\)\"*\$|\1|p" "$ROOT/etc/kubernetes/manifests/kube-controller-manager.yaml" 2>/dev/null | head -n 1
}

# Leaves the CA certificates in $WORK/ca.pem, and in $WORK/signer.pem the first one, which signs.
check_ca() {
    read_ca
    check_published
    check_ca_time
    check_ca_key
}

read_ca() {
    { only_certificates <"$CA" | head -c $((CA_BYTES + 1)) >"$WORK/ca.pem"; } 2>/dev/null || :
    [ "$(wc -c <"$WORK/ca.pem")" -le "$CA_BYTES" ] ||
        fail 71 "$CA_SHOWN has more than $CA_BYTES bytes of certificates; expected the cluster's CA; next: openssl storeutl -noout -certs $CA_SHOWN"
    timeout 30 openssl x509 -in "$WORK/ca.pem" -out "$WORK/signer.pem" 2>/dev/null ||
        fail 71 "$CA_SHOWN has no certificate; expected the cluster's CA on the first control plane; next: ls -l $CA_SHOWN, or choose another servingCertificate.source"
}

# Pods and this program see the CA that the cluster publishes; another one here is not the cluster's, or not any more.
check_published() {
    [ -n "${CLUSTER_CA_SHA256:-}" ] || return 0
    digest=$(timeout 30 openssl x509 -in "$WORK/signer.pem" -outform DER 2>/dev/null | sha256sum)
    case " $CLUSTER_CA_SHA256 " in
        *" ${digest%% *} "*) ;;
        *) fail 71 "the first certificate in $CA_SHOWN has SHA-256 ${digest%% *}, and the ConfigMap kube-system/kube-root-ca.crt has $CLUSTER_CA_SHA256; expected it among them: it is the cluster's CA; next: compare the two on each control plane" ;;
    esac
}

check_ca_time() {
    timeout 30 openssl x509 -in "$WORK/signer.pem" -noout -checkend 0 >/dev/null 2>&1 ||
        fail 71 "$CA_SHOWN ended on $(ca_end); expected a CA that is valid now; next: renew the cluster's CA, see https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/"
    end=$(ca_end)
    # Times of one form are compared as texts.
    [ "$(printf '%s\n%s\n' "$end" "$NOT_AFTER" | sort | head -n 1)" = "$NOT_AFTER" ] ||
        fail 71 "$CA_SHOWN ends on $end, before the certificate that it is to sign ($NOT_AFTER); expected a CA that outlives it; next: set servingCertificate.validityHours to less, or renew the cluster's CA"
}

ca_end() {
    timeout 30 openssl x509 -in "$WORK/signer.pem" -noout -enddate 2>/dev/null | rfc3339 | cut -d ' ' -f 1
}

check_ca_key() {
    [ -s "$CA_KEY" ] ||
        fail 71 "$CA_KEY_SHOWN is not there (is the CA an external one?); expected the key of the cluster's CA on the first control plane; next: set servingCertificate.source to givenCa or given, or put the key there for the run"
    if grep -q 'ENCRYPTED' "$CA_KEY" 2>/dev/null; then
        fail 71 "$CA_KEY_SHOWN is encrypted; expected a key that needs no passphrase, as the controller manager does; next: openssl pkey -in $CA_KEY_SHOWN -out NEW.key, or set servingCertificate.source to givenCa"
    fi
    timeout 30 openssl pkey -in "$CA_KEY" -passin pass: -pubout >"$WORK/ca-key.pub" 2>/dev/null ||
        fail 71 "$CA_KEY_SHOWN cannot be read as a private key; expected the key of $CA_SHOWN, PEM; next: openssl pkey -in $CA_KEY_SHOWN -noout -check"
    timeout 30 openssl x509 -in "$WORK/signer.pem" -noout -pubkey >"$WORK/ca.pub" 2>/dev/null || :
    cmp -s "$WORK/ca-key.pub" "$WORK/ca.pub" ||
        fail 71 "$CA_KEY_SHOWN is not the key of the first certificate in $CA_SHOWN; expected the pair; next: compare openssl x509 -in $CA_SHOWN -noout -pubkey with openssl pkey -in $CA_KEY_SHOWN -pubout"
}
