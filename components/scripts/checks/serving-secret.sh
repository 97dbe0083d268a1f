# shellcheck shell=sh
# metrics-server's serving certificate where a Secret has it that somebody else keeps. Reads only; the key is never written or
# printed. Sent behind cluster.sh.
# Header: SERVING_SECRET (its name; without it there is nothing to look at), SERVING_CA (PEM of the CA certificates that the API
# server verifies with), CERTIFICATE (the name of cert-manager's Certificate, where that keeps the Secret).

SERVICE_NAME=metrics-server.$NAMESPACE.svc
# A certificate with less than a week left is not one to begin with.
WEEK=604800
# Its type, whether it has a key, and by its labels whose it is; below the certificate.
SECRET_HAS='{{printf "%+q" .type}} {{with .data}}{{if index . "tls.key"}}key{{else}}-{{end}}{{else}}-{{end}} {{with .metadata.labels}}{{printf "%+q" (print (index . "app.kubernetes.io/part-of") "/" (index . "app.kubernetes.io/component"))}}{{end}}{{"\n"}}{{with .data}}{{with index . "tls.crt"}}{{base64decode .}}{{end}}{{end}}'

# Says on stdout, a line each, what is wrong with the Secret. Nothing of its text is ever taken for ours.
look_at_secret() {
    secret="Secret $NAMESPACE/$SERVING_SECRET"
    found=0
    kube_into "$WORK/secret" "$ONE_ANSWER" get secret -n "$NAMESPACE" "$SERVING_SECRET" -o go-template="$SECRET_HAS" || found=$?
    case $found in
        0) ;;
        2)
            echo "$secret has more than $ONE_ANSWER bytes in tls.crt; expected a certificate; next: kubectl describe secret -n $NAMESPACE $SERVING_SECRET"
            return 0
            ;;
        *)
            grep -q NotFound "$WORK/error" || fail 71 "cannot read $secret: $(complaint)"
            echo "$secret is not there; expected it before metrics-server mounts it; next: $(remedy_of_secret ", or correct servingCertificate.existingSecret.name")"
            return 0
            ;;
    esac
    read -r type key owner <"$WORK/secret" || :
    sed 1d "$WORK/secret" >"$WORK/served.pem"
    if [ "$type" != '"kubernetes.io/tls"' ] || [ "$key" != key ]; then
        if [ "$key" = key ]; then key=with; else key=without; fi
        echo "$secret is of type $(printf '%s' "$type" | one_line 100) $key tls.key; expected type kubernetes.io/tls with tls.crt and tls.key; next: $(remedy_of_secret)"
        return 0
    fi
    if [ -z "${CERTIFICATE:-}" ] && [ "$owner" = '"secure-metrics-server/cert-manager-secret"' ]; then
        echo "$secret is one that cert-manager keeps for this package, and goes with its Certificate; expected one that somebody else keeps; next: copy it under another name, or stay with source certManager"
        return 0
    fi
    judge_certificate "$WORK/served.pem" "tls.crt of $secret"
    if [ "$readable" = no ] || key_fits; then return 0; fi
    echo "tls.key of $secret is not the unencrypted key of the first certificate in its tls.crt; expected the pair: metrics-server would not start; next: $(remedy_of_secret ", which checks the pair")"
}

remedy_of_secret() { # WHERE SOMEBODY ELSE KEEPS IT
    if [ -n "${CERTIFICATE:-}" ]; then
        echo "kubectl describe certificate -n $NAMESPACE $CERTIFICATE; without its Secret, cert-manager issues it anew"
    else
        echo "kubectl create secret tls $SERVING_SECRET -n $NAMESPACE --cert=CHAIN.pem --key=KEY.pem${1:-}"
    fi
}

# The CA certificates that the API server verifies with: the program's, or those that cainjector has put into the APIService.
serving_ca() {
    if [ -n "${SERVING_CA:-}" ]; then
        printf '%s\n' "$SERVING_CA"
    else
        injected_ca
    fi
}

injected_ca() {
    kube get apiservice "$APISERVICE" -o go-template='{{with .spec.caBundle}}{{base64decode .}}{{end}}' 2>/dev/null | head -c "$ONE_ANSWER"
}

# The key goes from the API server into openssl, and only its public half comes back.
key_fits() {
    # shellcheck disable=SC2016 # a template
    kube get secret -n "$NAMESPACE" "$SERVING_SECRET" -o go-template='{{base64decode (index .data "tls.key")}}' 2>/dev/null |
        head -c "$ONE_ANSWER" | timeout 30 openssl pkey -inform PEM -passin pass: -pubout >"$WORK/key.pub" 2>/dev/null || return 1
    timeout 30 openssl x509 -in "$WORK/served.pem" -noout -pubkey >"$WORK/certificate.pub" 2>/dev/null || return 1
    cmp -s "$WORK/key.pub" "$WORK/certificate.pub"
}

# Says on stdout, a line each, why the API server would refuse a certificate, or soon will. Leaves in readable whether it is one.
judge_certificate() { # FILE WHAT
    readable=yes
    if ! timeout 30 openssl x509 -inform PEM -in "$1" -noout 2>/dev/null; then
        readable=no
        echo "$2 begins with no certificate; expected the serving certificate, PEM; next: kubectl describe secret -n $NAMESPACE $SERVING_SECRET"
        return 0
    fi
    serving_ca >"$WORK/serving-ca.pem"
    why=$(why_refused "$1")
    if [ -n "$why" ]; then
        echo "$2 does not verify for $SERVICE_NAME: $why; it is $(quoted "$(describe_certificate "$1")" 500); expected a certificate with that DNS name and serverAuth, issued by $(quoted "$(describe_certificate "$WORK/serving-ca.pem")" 500) or another CA of caBundle; next: $(remedy_of_refusal "$why")"
    elif [ -z "${CERTIFICATE:-}" ] && ! timeout 30 openssl x509 -in "$1" -noout -checkend "$WEEK" >/dev/null 2>&1; then
        end=$(timeout 30 openssl x509 -in "$1" -noout -enddate 2>/dev/null) || end=unreadable
        echo "$2 ends within a week (${end#notAfter=}); expected more; next: renew it where it was made; metrics-server reads it anew by itself"
    fi
}

# Only what openssl itself says: the names in a certificate may say anything. To Go, each certificate in caBundle is an anchor, an
# intermediate one, too, and a common name is no name.
why_refused() { # FILE
    SSL_CERT_DIR=/nonexistent SSL_CERT_FILE=/nonexistent timeout 30 openssl verify -partial_chain -purpose sslserver -auth_level 1 \
        -verify_hostname "$SERVICE_NAME" -CAfile "$WORK/serving-ca.pem" -untrusted "$1" "$1" >"$WORK/verified" 2>&1 || :
    {
        sed -n 's/^error [0-9]* at [0-9]* depth lookup: *//p' "$WORK/verified" | sort -u
        timeout 30 openssl x509 -in "$1" -noout -ext subjectAltName 2>/dev/null | grep -Eq '(^|, *)[ ]*DNS:' || echo "it has no DNS name in subjectAltName"
        grep -q 'OK$' "$WORK/verified" || grep -q '^error ' "$WORK/verified" || echo "openssl cannot verify it"
    } | tr '\n' ',' | sed -e 's/,$//' -e 's/,/, /g' | one_line 300
}

remedy_of_refusal() { # WHY
    if [ -n "${CERTIFICATE:-}" ]; then
        remedy_of_issue
        return 0
    fi
    case $1 in
        *expired*) echo "renew it where it was made; metrics-server reads it anew by itself" ;;
        *ostname* | *'DNS name'*) echo "have it made for DNS:$SERVICE_NAME" ;;
        *purpose*) echo "have it made with the extended key usage serverAuth" ;;
        *issuer* | *'self-signed'* | *'self signed'* | *verify*) echo "give the CA that signed it in servingCertificate.existingSecret.caCertificatePem, or put the certificates between them into tls.crt" ;;
        *) echo "openssl x509 -text -noout, with tls.crt" ;;
    esac
}
