# shellcheck shell=sh
# cert-manager, where it issues metrics-server's certificate: what it lacks before anything is changed, and why there is no
# certificate or no CA. Reads only. Sent behind cluster.sh, owners.sh and serving-secret.sh; findings are preflight.sh's.
# Header: CERTIFICATE (the name of its Certificate; without it, cert-manager has nothing to do with it), ISSUER (kind, name and group of
# the issuer; without it, the package makes one), SERVING_SECRET (where cert-manager keeps the certificate), SERVING_CA (PEM; without
# it, cainjector puts the CA into the APIService).

# Since this minor of 1, cainjector adds a new CA to caBundle and keeps the old one.
MERGING_MINOR=19
INSTALL="next: install cert-manager with its CRDs and its cainjector (https://cert-manager.io/docs/installation/)"
# Of a Deployment: namespace, name, ready pods, version by its label, images.
CAINJECTOR_HAS='{{range .items}}{{printf "%+q %+q " .metadata.namespace .metadata.name}}{{or .status.readyReplicas 0}}{{" "}}{{with .metadata.labels}}{{with index . "app.kubernetes.io/version"}}{{printf "%+q" .}}{{end}}{{end}}{{range .spec.template.spec.containers}} {{printf "%+q" .image}}{{end}}{{"\n"}}{{end}}'
# Of an issuer: its types, and below whether it is ready and why not.
# shellcheck disable=SC2016 # variables of the template, not of the shell
ISSUER_HAS='{{range $type, $settings := .spec}}{{printf "%+q " $type}}{{end}}{{"\n"}}{{with .status}}{{range .conditions}}{{if eq .type "Ready"}}{{.status}} {{printf "%+q" .message}}{{end}}{{end}}{{end}}{{"\n"}}'

# Whether caBundle is cainjector's.
# shellcheck disable=SC2016 # variables of the template, not of the shell
INJECTED='{{range .metadata.managedFields}}{{if eq .manager "cert-manager-cainjector"}}{{with .fieldsV1}}{{range $field, $more := index . "f:spec"}}{{if eq $field "f:caBundle"}}yes{{end}}{{end}}{{end}}{{end}}{{end}}'
# What the API server's documentation has for a field whose manager is gone.
LET_GO="kubectl patch apiservice $APISERVICE --type=json -p '[{\"op\":\"replace\",\"path\":\"/metadata/managedFields\",\"value\":[{}]}]'"

check_cert_manager() {
    if [ -z "${CERTIFICATE:-}" ]; then
        check_injected
        return 0
    fi
    check_definitions || return 0
    if [ -z "${SERVING_CA:-}" ]; then check_cainjector; fi
    if [ -n "${ISSUER:-}" ]; then
        # shellcheck disable=SC2086 # three words: kind, name and group
        check_issuer $ISSUER
        check_foreign "its Certificate" it "certificate.cert-manager.io/$CERTIFICATE"
    else
        check_foreign "its Certificate, or the CA's" them "certificate.cert-manager.io/$CERTIFICATE" "certificate.cert-manager.io/$CERTIFICATE-ca" \
            "issuer.cert-manager.io/$CERTIFICATE-ca" "issuer.cert-manager.io/$CERTIFICATE-selfsigned"
        check_own_secret "$CERTIFICATE-ca" "$CERTIFICATE-ca" "keep it elsewhere"
    fi
    check_own_secret "$SERVING_SECRET" "$CERTIFICATE" "choose another servingCertificate.certManager.secretName"
}

# The provider takes a field from nobody, and it would say so only after the pods were replaced.
check_injected() {
    kube_into "$WORK/injected" "$ONE_ANSWER" get apiservice "$APISERVICE" --ignore-not-found --show-managed-fields -o go-template="$INJECTED" ||
        fail 71 "cannot read APIService $APISERVICE: $(complaint)"
    grep -q '^yes' "$WORK/injected" || return 0
    finding "caBundle of APIService $APISERVICE is cainjector's, and servingCertificate.source is not certManager; expected a run before with source certManager and its CA in certManager.caBundlePem; next: that run (docs/certificate-sources.md), or, where cert-manager is gone, $LET_GO"
}

# Fails softly (1) where there is nothing else to look at.
check_definitions() {
    lacking=
    for plural in certificaterequests certificates issuers; do
        kube_into "$WORK/definition" "$ONE_ANSWER" get customresourcedefinition "$plural.cert-manager.io" --ignore-not-found \
            -o go-template='{{with .status}}{{range .conditions}}{{if eq .type "Established"}}{{.status}}{{end}}{{end}}{{end}}' ||
            fail 71 "cannot read CustomResourceDefinition $plural.cert-manager.io: $(complaint)"
        [ "$(one_line 10 <"$WORK/definition")" = True ] || lacking="$lacking $plural.cert-manager.io"
    done
    [ -n "$lacking" ] || return 0
    finding "the cluster has no established CustomResourceDefinition$lacking, and servingCertificate.source is certManager; expected cert-manager 1.$MERGING_MINOR or later; $INSTALL, and let this component wait for it (dependsOn)"
    return 1
}

check_cainjector() {
    kube_into "$WORK/cainjectors" "$ONE_LIST" get deployments -A -l app.kubernetes.io/component=cainjector -o go-template="$CAINJECTOR_HAS" ||
        fail 71 "cannot list Deployments: $(complaint)"
    if [ ! -s "$WORK/cainjectors" ]; then
        finding "no Deployment has the label app.kubernetes.io/component=cainjector; expected cert-manager's cainjector, which puts the CA into the APIService; $INSTALL, or give the CA in servingCertificate.certManager.caBundlePem"
        return 0
    fi
    # Of several, the best one.
    awk -v oldest="$MERGING_MINOR" '
        {
            minor = -1
            for (i = NF; i > 3 && minor < 0; i--) {
                sub(/@sha256:[0-9a-f]*/, "", $i)
                if (match($i, /[:"]v?1\.[0-9]+[^:\/]*$/)) { text = substr($i, RSTART); sub(/^[:"]v?1\./, "", text); minor = int(text) }
            }
            state = $3 == 0 ? "idle" : minor < 0 ? "unknown" : minor < oldest ? "old" : "good"
            rank = state == "good" ? 4 : state == "unknown" ? 3 : state == "old" ? 2 : 1
            if (rank > best) { best = rank; said = state " " minor " " $1 "/" $2 }
        }
        END { print said }' "$WORK/cainjectors" >"$WORK/cainjector"
    read -r state minor where <"$WORK/cainjector" || :
    where="cainjector $(quoted "$(printf '%s' "$where" | tr -d '"')" 200)"
    case $state in
        good) ;;
        unknown) log "warning: cannot tell the version of $where; expected cert-manager 1.$MERGING_MINOR or later: an older one drops the old CA when a new one comes; next: kubectl get deployments -A -l app.kubernetes.io/component=cainjector -o wide" ;;
        old) finding "$where is of version 1.$minor; expected 1.$MERGING_MINOR or later: an older one drops the old CA when a new one comes, and requests fail; next: upgrade cert-manager, or give the CA in servingCertificate.certManager.caBundlePem" ;;
        *) finding "$where has no ready pod; expected one, which puts the CA into the APIService; next: kubectl get pods -A -l app.kubernetes.io/component=cainjector, or give the CA in servingCertificate.certManager.caBundlePem" ;;
    esac
}

# Another group's issuers are theirs to know.
check_issuer() { # KIND NAME GROUP
    [ "$3" = cert-manager.io ] || return 0
    case $1 in
        ClusterIssuer) resource=clusterissuers.cert-manager.io who="ClusterIssuer $2" ;;
        *) resource=issuers.cert-manager.io who="Issuer $NAMESPACE/$2" ;;
    esac
    if ! kube_into "$WORK/issuer" "$ONE_ANSWER" get "$resource" -n "$NAMESPACE" "$2" -o go-template="$ISSUER_HAS"; then
        grep -q NotFound "$WORK/error" || fail 71 "cannot read $who: $(complaint)"
        finding "$who is not there; expected it to sign metrics-server's certificate; next: kubectl get issuers,clusterissuers -A, then correct servingCertificate.certManager.issuer, or leave it out: then the package makes a CA"
        return 0
    fi
    { read -r types && read -r ready message; } <"$WORK/issuer" || :
    case $types in
        *'"acme"'*) finding "$who is of type ACME, which does not sign $SERVICE_NAME: only public names can be proven to it; expected another type, such as CA or Vault; next: name another issuer in servingCertificate.certManager.issuer, or leave it out: then the package makes a CA" ;;
        *'"selfSigned"'*) finding "$who lets each certificate sign itself, so what the API server trusts would change with each renewal; expected a CA; next: name another issuer in servingCertificate.certManager.issuer, or leave it out: then the package makes a CA" ;;
        *)
            [ "$ready" != False ] ||
                finding "$who is not ready: $(quoted "$message"); expected it ready; next: kubectl describe $resource -n $NAMESPACE $2"
            ;;
    esac
}

# cert-manager writes over what is in a Secret of that name.
check_own_secret() { # SECRET CERTIFICATE REMEDY
    kube_into "$WORK/annotation" "$ONE_ANSWER" get secret -n "$NAMESPACE" "$1" --ignore-not-found \
        -o go-template='{{with .metadata.annotations}}{{with index . "cert-manager.io/certificate-name"}}{{.}}{{end}}{{end}}{{"\n"}}' ||
        fail 71 "cannot read Secret $NAMESPACE/$1: $(complaint)"
    [ -s "$WORK/annotation" ] || return 0
    [ "$(one_line 300 <"$WORK/annotation")" = "$2" ] ||
        finding "Secret $NAMESPACE/$1 is there already, and not for Certificate $2; expected none, because cert-manager would write over it; next: $3, or kubectl delete secret -n $NAMESPACE $1"
}

# --- when the API server gets no answer, or is about to get none -----------------------------------------------------------

# What brings certificate and CA together again.
remedy_of_issue() {
    if [ -n "${SERVING_CA:-}" ]; then
        echo "kubectl describe certificate -n $NAMESPACE $CERTIFICATE, and give the CA that signed it in servingCertificate.certManager.caBundlePem"
    else
        echo "kubectl describe certificate -n $NAMESPACE $CERTIFICATE; kubectl logs -n cert-manager -l app.kubernetes.io/component=cainjector, which puts ca.crt of Secret $NAMESPACE/$SERVING_SECRET into caBundle; an issuer that gives no ca.crt needs certManager.caBundlePem"
    fi
}

diagnose_certificate() {
    [ -n "${CERTIFICATE:-}" ] || return 0
    [ -n "$(serving_ca)" ] ||
        log "error: APIService $APISERVICE has no caBundle; expected the CA of Certificate $NAMESPACE/$CERTIFICATE there; next: $(remedy_of_issue)"
    tell_conditions "certificate.cert-manager.io/$CERTIFICATE" get certificates.cert-manager.io -n "$NAMESPACE" "$CERTIFICATE"
    # The newest comes last.
    # shellcheck disable=SC2016 # variables of the template, not of the shell
    kube_into "$WORK/requests" "$ONE_LIST" get certificaterequests.cert-manager.io -n "$NAMESPACE" --sort-by=.metadata.creationTimestamp \
        -o go-template='{{range .items}}{{$name := .metadata.name}}{{with .metadata.annotations}}{{printf "%s %s\n" $name (index . "cert-manager.io/certificate-name")}}{{end}}{{end}}' || :
    request=$(awk -v wanted="$CERTIFICATE" '$2 == wanted && $1 ~ /^[-a-z0-9.]+$/ { last = $1 } END { print last }' "$WORK/requests")
    [ -z "$request" ] || tell_conditions "certificaterequest.cert-manager.io/$request" get certificaterequests.cert-manager.io -n "$NAMESPACE" "$request"
}

tell_conditions() { # WHAT ARGUMENT...
    what=$1
    shift
    kube_into "$WORK/conditions" "$ONE_ANSWER" "$@" \
        -o go-template='{{with .status}}{{range .conditions}}{{printf "%s is %s: %s\n" .type .status .message}}{{end}}{{end}}' ||
        complaint >"$WORK/conditions"
    log "$what says:"
    head -n 10 "$WORK/conditions" | printable | log_lines
}
