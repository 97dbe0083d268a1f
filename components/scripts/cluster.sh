# shellcheck shell=sh
# Read-only checks of the whole cluster, on a control-plane node. Nothing here changes anything.
#   preflight  before the first change: reports all findings at once
#   kubelets   every kubelet serves a certificate that the CA of metrics-server verifies
#   metrics    a request through the API server lists every node with fresh figures
# Header: NODE_NAME, INVENTORY; preflight: RELEASE, OLDEST_MINOR; kubelets: KUBELET_CA; metrics: METRICS_TIMEOUT (seconds).

APISERVICE=v1beta1.metrics.k8s.io
NAMESPACE=kube-system

main() {
    set -eu
    prepare
    require_root
    require_tools kubectl awk sed timeout date
    make_work_directory
    ADMIN=$ROOT/etc/kubernetes/admin.conf
    [ -r "$ADMIN" ] ||
        fail 71 "no /etc/kubernetes/admin.conf; expected a control-plane node that kubeadm made; next: give another node role controlPlane"
    printf '%s\n' "${INVENTORY:?}" >"$WORK/inventory"
    case ${1:-} in
        preflight) preflight ;;
        kubelets) verify_kubelets ;;
        metrics) verify_metrics ;;
        *) fail 64 "unknown verb ${1:-}; expected preflight, kubelets or metrics" ;;
    esac
}

# kubectl with a bound on every call.
kube() {
    timeout 30 kubectl --kubeconfig="$ADMIN" --request-timeout=15s "$@" </dev/null
}

names() {
    awk 'NF { print $1 }' "$WORK/inventory"
}

# --- preflight ---------------------------------------------------------------------------------------------------------

finding() {
    printf '%s\n' "$1" >>"$WORK/findings"
}

preflight() {
    : >"$WORK/findings"
    kube get --raw /version >"$WORK/version" 2>"$WORK/error" ||
        fail 71 "the API server does not answer: $(head -n 1 "$WORK/error"); expected it to; next: kubectl --kubeconfig=/etc/kubernetes/admin.conf get nodes"
    check_version
    check_nodes
    check_signer
    check_aggregation
    for object in deployment/metrics-server service/metrics-server serviceaccount/metrics-server "apiservice/$APISERVICE"; do
        check_owner "$object"
    done
    if [ -s "$WORK/findings" ]; then
        log "error: the cluster is not ready for a verified metrics-server; nothing was changed:"
        sed 's/^/- /' "$WORK/findings" | log_lines
        exit 71
    fi
    result "{\"kubernetes\":$(json_string "$VERSION"),\"nodes\":$(names | wc -l | tr -d ' ')}"
}

check_version() {
    VERSION=$(sed -n 's/.*"gitVersion": *"\([^"]*\)".*/\1/p' "$WORK/version" | head -n 1)
    minor=$(printf '%s\n' "$VERSION" | sed -n 's/^v1\.\([0-9]*\).*/\1/p')
    if [ -z "$minor" ] || [ "$minor" -lt 31 ]; then
        finding "Kubernetes is ${VERSION:-unknown}; expected 1.31 or later; next: upgrade the cluster"
    elif [ "$minor" -lt "${OLDEST_MINOR:-31}" ]; then
        finding "Kubernetes is $VERSION, and metrics-server ${RELEASE:-} needs 1.$OLDEST_MINOR; next: set metricsServer.kubernetesVersion to \"1.$minor\""
    fi
}

# The inventory has to be what the cluster has: approval compares it with each Node's addresses.
check_nodes() {
    kube get nodes -o go-template='{{range .items}}{{.metadata.name}}{{range .status.addresses}} {{.type}}={{.address}}{{end}}{{"\n"}}{{end}}' \
        >"$WORK/nodes" 2>"$WORK/error" || fail 71 "cannot list nodes: $(head -n 1 "$WORK/error")"
    awk '
        FNR == NR { known[$1] = $0; next }
        !NF { next }
        !($1 in known) {
            print "nodes." $1 ": the cluster has no such Node; expected a name that `kubectl get nodes` prints"
            next
        }
        {
            listed[$1] = 1
            delete allowed
            for (i = 1; i <= NF; i++) allowed[tolower($i)] = 1
            count = split(known[$1], field, " "); internal = 0
            for (i = 2; i <= count; i++) {
                type = substr(field[i], 1, index(field[i], "=") - 1)
                address = substr(field[i], index(field[i], "=") + 1)
                if (type == "InternalIP") internal = 1
                if (!(tolower(address) in allowed))
                    print "nodes." $1 ": the Node has the " type " " address ", which nodes." $1 ".addresses does not list; if it is right, add it: its kubelet asks for a certificate with it"
            }
            if (!internal) print "nodes." $1 ": the Node has no InternalIP; expected one: start its kubelet with --node-ip"
        }' "$WORK/nodes" "$WORK/inventory" >>"$WORK/findings"
    awk 'FNR == NR { listed[$1] = 1; next } !($1 in listed) { print $1 }' "$WORK/inventory" "$WORK/nodes" >"$WORK/unlisted"
    if [ -s "$WORK/unlisted" ]; then
        log "warning: nodes that are not in the inventory, whose kubelets metrics-server will not accept: $(tr '\n' ' ' <"$WORK/unlisted")"
    fi
}

# Without the CA's key in the cluster, requests are approved and never issued (kubeadm's external-CA mode).
check_signer() {
    manifest=$ROOT/etc/kubernetes/manifests/kube-controller-manager.yaml
    [ -r "$manifest" ] || return 0
    key=$(sed -n 's/^.*--cluster-signing-key-file=\([^ "]*\).*/\1/p' "$manifest" | head -n 1)
    if [ -n "$key" ] && [ ! -s "$ROOT$key" ]; then
        finding "the controller manager's signing key $key is not there (external-CA mode?); expected it: certificates would be approved and never issued; next: configure a signer for kubernetes.io/kubelet-serving"
    fi
}

check_aggregation() {
    ca=$(kube get configmap -n "$NAMESPACE" extension-apiserver-authentication -o go-template='{{index .data "requestheader-client-ca-file"}}' 2>/dev/null) || ca=
    case $ca in
        *"BEGIN CERTIFICATE"*) ;;
        *) finding "the aggregation layer is off (kube-system/extension-apiserver-authentication has no requestheader-client-ca-file); expected kubeadm's --requestheader-client-ca-file on the API server" ;;
    esac
}

# An object that somebody else made is never taken over.
check_owner() { # TYPE/NAME
    scope=
    case $1 in apiservice/*) ;; *) scope="-n $NAMESPACE" ;; esac
    # shellcheck disable=SC2086 # no namespace is no argument
    kube get "$1" $scope --ignore-not-found \
        -o jsonpath='{.metadata.labels.app\.kubernetes\.io/managed-by}|{.metadata.annotations.meta\.helm\.sh/release-name}|{.spec.service.namespace}/{.spec.service.name}' \
        >"$WORK/owner" 2>"$WORK/error" || fail 71 "cannot read $1: $(head -n 1 "$WORK/error")"
    [ -s "$WORK/owner" ] || return 0
    IFS='|' read -r managed release service <"$WORK/owner" || :
    [ "$managed" != secure-metrics-server ] || return 0
    by=${managed:-kubectl or another tool}
    [ -z "$release" ] || by="Helm release $release"
    case $1 in apiservice/*) by="$by, served by Service $service" ;; esac
    finding "$1 is there already (made by $by); expected to create it; next: remove the other installation, for instance ${release:+helm uninstall $release -n $NAMESPACE, or }kubectl delete $1 $scope, or bring it into the stack with \`pulumi import\`; see \"An installed metrics-server\" in the README"
}

# --- kubelets ----------------------------------------------------------------------------------------------------------

verify_kubelets() {
    require_tools openssl
    kubelet_ca >"$WORK/ca.pem"
    # shellcheck disable=SC2016 # variables of the template, not of the shell
    kube get nodes -o go-template='{{range .items}}{{$n := .metadata.name}}{{$p := .status.daemonEndpoints.kubeletEndpoint.Port}}{{range .status.addresses}}{{if eq .type "InternalIP"}}{{$n}} {{.address}} {{$p}}{{"\n"}}{{end}}{{end}}{{end}}' \
        >"$WORK/endpoints" 2>"$WORK/error" || fail 71 "cannot list nodes: $(head -n 1 "$WORK/error")"
    bad=0
    for node in $(names); do
        awk -v node="$node" '$1 == node { print $2, $3; exit }' "$WORK/endpoints" >"$WORK/endpoint"
        read -r address port <"$WORK/endpoint" || { log "error: node $node has no InternalIP"; bad=1; continue; }
        verify_kubelet "$node" "$address" "$port" || bad=1
    done
    [ "$bad" = 0 ] || exit 67
    result "{\"verified\":$(names | wc -l | tr -d ' ')}"
}

# The CA that metrics-server will use: the given one, or the cluster's as every pod gets it.
kubelet_ca() {
    if [ -n "${KUBELET_CA:-}" ]; then
        printf '%s\n' "$KUBELET_CA"
        return
    fi
    kube get configmap -n "$NAMESPACE" kube-root-ca.crt -o go-template='{{index .data "ca.crt"}}' 2>"$WORK/error" ||
        fail 71 "cannot read kube-system/kube-root-ca.crt: $(head -n 1 "$WORK/error")"
}

# A handshake as metrics-server does it: chain, address and possession of the key.
verify_kubelet() { # NODE ADDRESS PORT
    target=$2
    case $2 in *:*) target="[$2]" ;; esac
    if timeout 15 openssl s_client -connect "$target:$3" -CAfile "$WORK/ca.pem" -no-CApath -no-CAstore \
        -verify_return_error -verify_ip "$2" </dev/null >"$WORK/handshake" 2>&1; then
        return 0
    fi
    cause=$(sed -n -e 's/^verify error:num=[0-9]*://p' -e 's/^.*alert /alert /p' -e 's/^.*connect:errno.*/no connection/p' "$WORK/handshake" | head -n 1)
    log "error: the kubelet of node $1 does not verify: ${cause:-no TLS handshake}; served: $(served_issuer "$target:$3"); expected a certificate issued by $(fingerprint "$WORK/ca.pem"); next: on $1: journalctl -u kubelet, kubectl get csr"
    return 1
}

served_issuer() { # HOST:PORT
    timeout 15 openssl s_client -connect "$1" -showcerts </dev/null 2>/dev/null >"$WORK/served" || :
    if fingerprint "$WORK/served" >"$WORK/served-print"; then
        cat "$WORK/served-print"
    else
        printf 'nothing'
    fi
}

# Subject, issuer and SHA-256 of the first certificate in a file.
fingerprint() { # FILE
    timeout 10 openssl x509 -in "$1" -noout -subject -issuer -fingerprint -sha256 2>/dev/null >"$WORK/print" || return 1
    tr '\n' ' ' <"$WORK/print"
}

# --- metrics -----------------------------------------------------------------------------------------------------------

verify_metrics() {
    began=$(now)
    deadline=$((began + ${METRICS_TIMEOUT:-240}))
    # Figures are fresh when they are not older than a minute before this check.
    oldest=$(date -u -d "@$((began - 60))" +%Y-%m-%dT%H:%M:%SZ)
    until metrics_complete; do
        if [ "$(now)" -ge "$deadline" ]; then
            diagnose
            exit 71
        fi
        pause
    done
    result "{\"nodes\":$(names | wc -l | tr -d ' '),\"seconds\":$(($(now) - began))}"
}

# True when every node of the inventory is listed with fresh figures. What is missing is left in $WORK/missing.
metrics_complete() {
    kube get --raw "/apis/metrics.k8s.io/v1beta1/nodes" >"$WORK/metrics" 2>"$WORK/metrics-error" || return 1
    kube get nodes.metrics.k8s.io -o go-template='{{range .items}}{{.metadata.name}} {{.timestamp}}{{"\n"}}{{end}}' \
        >"$WORK/metrics" 2>"$WORK/metrics-error" || return 1
    awk -v oldest="$oldest" '
        FNR == NR { if ($2 >= oldest) fresh[$1] = 1; next }
        NF && !($1 in fresh) { print $1 }' "$WORK/metrics" "$WORK/inventory" >"$WORK/missing"
    [ ! -s "$WORK/missing" ]
}

# Says which leg broke: the API server to metrics-server, or metrics-server to a kubelet.
diagnose() {
    if [ -s "$WORK/metrics-error" ]; then
        log "error: the API server gets no metrics: $(head -n 1 "$WORK/metrics-error" | cut -c 1-400)"
        kube get apiservice "$APISERVICE" -o jsonpath='{range .status.conditions[*]}APIService {.type}={.status} {.reason}: {.message}{"\n"}{end}' 2>&1 | log_lines
    else
        log "error: no fresh figures of: $(tr '\n' ' ' <"$WORK/missing")"
    fi
    kube get pods -n "$NAMESPACE" -l k8s-app=metrics-server -o wide --no-headers 2>&1 | log_lines
    kube logs -n "$NAMESPACE" -l k8s-app=metrics-server --tail=200 2>/dev/null |
        grep -E 'x509|tls|Failed|refused|timeout|Forbidden|Unauthorized' | tail -n 8 | log_lines
    log "expected every node in /apis/metrics.k8s.io/v1beta1/nodes; next: kubectl get apiservice $APISERVICE -o yaml; kubectl logs -n kube-system deploy/metrics-server"
}

main "$@"
