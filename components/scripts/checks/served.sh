# shellcheck shell=sh
# What metrics-server's pods serve, where a Secret has it that somebody else keeps. Reads only. Sent behind certificates.sh and
# serving-secret.sh.

# Where the pods are, a line each: address and port. A cluster's own text, so only a plain address and a number pass.
list_pods() {
    # shellcheck disable=SC2016 # variables of the template, not of the shell
    kube_into "$WORK/slices" "$ONE_LIST" get endpointslices -n "$NAMESPACE" -l kubernetes.io/service-name=metrics-server -o go-template='{{range .items}}{{$port := 0}}{{range .ports}}{{$port = .port}}{{end}}{{range .endpoints}}{{if .conditions.ready}}{{range .addresses}}{{.}} {{$port}}{{"\n"}}{{end}}{{end}}{{end}}{{end}}' ||
        return 1
    awk '$1 ~ /^[0-9a-f.:]+$/ && $2 ~ /^[0-9]+$/ && $2 + 0 > 0 && $2 + 0 < 65536 { print $1, $2 }' "$WORK/slices" |
        sort -u | head -n 50 >"$WORK/pods"
    [ -s "$WORK/pods" ]
}

# One handshake with each pod, as the API server does it, and then a look at the certificate. What is wrong stands in
# $WORK/refused, a line each; the certificates that passed in $WORK/good, each as "notBefore notAfter" of RFC 3339.
look_at_pods() {
    : >"$WORK/refused"
    : >"$WORK/good"
    if ! list_pods; then
        echo "no ready pod of metrics-server to ask; expected one; next: kubectl get pods -n $NAMESPACE -l k8s-app=metrics-server" >"$WORK/refused"
        return 0
    fi
    until=$(($(now) + 15))
    while read -r address port; do
        if [ "$(now)" -ge "$until" ]; then
            # A look that is cut off would be no look: a preview goes on without it.
            echo "not every pod was asked within 15 s; expected an answer of each at once; next: kubectl logs -n $NAMESPACE deploy/metrics-server" >>"$WORK/refused"
            return 0
        fi
        look_at_pod "$address" "$port"
    done <"$WORK/pods"
}

look_at_pod() { # ADDRESS PORT
    target=$1
    case $1 in *:*) target="[$1]" ;; esac
    timeout 5 openssl s_client -connect "$target:$2" -servername "$SERVICE_NAME" -showcerts </dev/null >"$WORK/handshake" 2>/dev/null || :
    only_certificates <"$WORK/handshake" >"$WORK/served.pem"
    if [ ! -s "$WORK/served.pem" ]; then
        echo "the pod at $target:$2 serves no certificate; expected the one in Secret $NAMESPACE/$SERVING_SECRET; next: kubectl logs -n $NAMESPACE deploy/metrics-server" >>"$WORK/refused"
        return 0
    fi
    judge_certificate "$WORK/served.pem" "what the pod at $target:$2 serves (from Secret $NAMESPACE/$SERVING_SECRET)" >"$WORK/judged"
    cat "$WORK/judged" >>"$WORK/refused"
    [ ! -s "$WORK/judged" ] || return 0
    served_times >>"$WORK/good"
    [ -z "${wanted:-}" ] || [ "$(fingerprint "$WORK/served.pem")" = "$wanted" ] ||
        echo "the pod at $target:$2 serves another certificate than the one in Secret $NAMESPACE/$SERVING_SECRET; expected it to follow within two minutes; next: kubectl logs -n $NAMESPACE deploy/metrics-server" >>"$WORK/refused"
}

fingerprint() { # FILE
    timeout 30 openssl x509 -in "$1" -noout -fingerprint -sha256 2>/dev/null
}

served_times() {
    timeout 30 openssl x509 -in "$WORK/served.pem" -noout -startdate -enddate 2>/dev/null >"$WORK/dates" || :
    # shellcheck disable=SC2046 # four words: two times, each in both forms
    set -- $(grep '^notBefore=' "$WORK/dates" | rfc3339) $(grep '^notAfter=' "$WORK/dates" | rfc3339)
    printf '%s %s\n' "${1:-}" "${3:-}"
}

# Says all that is wrong with what is served, and fails if anything is.
require_served() { # DEADLINE
    [ -n "${SERVING_SECRET:-}" ] || return 0
    require_bundle
    if [ -n "${CERTIFICATE:-}" ]; then
        until serves_what_is_issued || [ "$(now)" -ge "$1" ]; do pause; done
    else
        look_at_pods
    fi
    [ -s "$WORK/refused" ] || return 0
    tell_refused
    exit 67
}

# cainjector may have begun to write while it was told to leave the APIService alone, and then it has the last word. It adds to what
# was there, so nothing fails until a CA is needed that only the program gives.
require_bundle() {
    [ -n "${CERTIFICATE:-}" ] && [ -n "${SERVING_CA:-}" ] || return 0
    injected_ca >"$WORK/injected"
    [ "$(tr -d '\n' <"$WORK/injected")" != "$(printf '%s' "$SERVING_CA" | tr -d '\n')" ] || return 0
    log "error: caBundle of APIService $APISERVICE is not what servingCertificate.certManager.caBundlePem gives, because cainjector wrote once more; expected that; next: pulumi up --refresh, which writes it again"
    exit 67
}

# What cert-manager has just issued reaches the pods within two minutes, and until then they serve what was good before. So the Secret
# has to be good as well, and all pods have to serve what is in it.
serves_what_is_issued() {
    look_at_secret >"$WORK/issued"
    wanted=$(fingerprint "$WORK/served.pem") || wanted=
    look_at_pods
    cat "$WORK/issued" >>"$WORK/refused"
    [ ! -s "$WORK/refused" ]
}

tell_refused() {
    printable <"$WORK/refused" | cut -c 1-2000 | while IFS= read -r line; do log "error: $line"; done
}

# For the result: the certificate that ends first, or nothing.
served_json() {
    [ -n "${SERVING_SECRET:-}" ] || return 0
    bundle_json
    sort -k 2 "$WORK/good" | head -n 1 | {
        read -r not_before not_after || :
        [ -z "${not_after:-}" ] || printf ',"servingCertificate":{"notBefore":"%s","notAfter":"%s"}' "$not_before" "$not_after"
    }
}

# The CAs that cainjector has put into the APIService, which no program knows. A line of the result holds 64 kB.
bundle_json() {
    [ -n "${CERTIFICATE:-}" ] && [ -z "${SERVING_CA:-}" ] || return 0
    bundle=$(serving_ca | openssl base64 -A)
    if [ "${#bundle}" -le 49152 ]; then
        printf ',"caBundle":"%s"' "$bundle"
    else
        log "warning: caBundle of APIService $APISERVICE has more than 36 kB, and the output caBundle is empty; next: see \"A CA that leaked\" in the README"
    fi
}
