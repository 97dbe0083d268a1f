# shellcheck shell=sh
# Verifies, from a control-plane node, what the whole package promises. Reads only. Sent behind common.sh, cluster.sh
# and diagnosis.sh.
#
#   kubelets   every kubelet serves a certificate that the CA of metrics-server verifies; result {"verified":3}
#   metrics    a request through the API server lists every node with fresh figures; result {"nodes":3,"seconds":21}
#
# Header: NODE_NAME, INVENTORY, KUBELET_CA (PEM, default: kube-root-ca.crt), METRICS_TIMEOUT (seconds, default 240).

main() {
    set -eu
    prepare_check
    case ${1:-} in
        kubelets) verify_kubelets ;;
        metrics) verify_metrics ;;
        *) fail 64 "unknown verb '${1:-}'; expected kubelets or metrics" ;;
    esac
}

# --- kubelets ----------------------------------------------------------------------------------------------------------

verify_kubelets() {
    kubelet_ca >"$WORK/ca.pem"
    # shellcheck disable=SC2016 # variables of the template, not of the shell
    kube get nodes -o go-template='{{range .items}}{{$n := .metadata.name}}{{$p := .status.daemonEndpoints.kubeletEndpoint.Port}}{{range .status.addresses}}{{if eq .type "InternalIP"}}{{$n}} {{.address}} {{$p}}{{"\n"}}{{end}}{{end}}{{end}}' \
        >"$WORK/endpoints" 2>"$WORK/error" || fail 71 "cannot list nodes: $(complaint)"
    bad=0
    for node in $(names); do
        awk -v node="$node" '$1 == node { print $2, $3; exit }' "$WORK/endpoints" >"$WORK/endpoint"
        read -r address port <"$WORK/endpoint" || {
            no_endpoint "$node"
            bad=1
            continue
        }
        verify_kubelet "$node" "$address" "$port" || bad=1
    done
    [ "$bad" = 0 ] || exit 67
    result "{\"verified\":$(count_of_nodes)}"
}

no_endpoint() { # NODE
    log "error: the cluster has no Node $1 with an InternalIP; expected one; next: kubectl get nodes -o wide"
}

# The CA that metrics-server will use: the given one, or the cluster's as every pod gets it.
kubelet_ca() {
    if [ -n "${KUBELET_CA:-}" ]; then
        printf '%s\n' "$KUBELET_CA"
        return
    fi
    kube get configmap -n "$NAMESPACE" kube-root-ca.crt -o go-template='{{index .data "ca.crt"}}' 2>"$WORK/error" ||
        fail 71 "cannot read kube-system/kube-root-ca.crt: $(complaint)"
}

# A handshake as metrics-server does it: chain, address and possession of the key. To Go, each certificate in the CA file is
# an anchor, an intermediate one, too; to openssl only with -partial_chain.
verify_kubelet() { # NODE ADDRESS PORT
    target=$2
    case $2 in *:*) target="[$2]" ;; esac
    if timeout 15 openssl s_client -connect "$target:$3" -CAfile "$WORK/ca.pem" -no-CApath -no-CAstore \
        -partial_chain -verify_return_error -verify_ip "$2" </dev/null >"$WORK/handshake" 2>&1; then
        return 0
    fi
    cause=$(sed -n -e 's/^verify error:num=[0-9]*://p' -e 's/^.*alert /alert /p' -e 's/^.*connect:errno.*/no connection/p' "$WORK/handshake" | head -n 1)
    log "error: the kubelet of node $1 does not verify: ${cause:-no TLS handshake}; served: $(served_issuer "$target:$3"); expected a certificate issued by $(describe_certificate "$WORK/ca.pem"); next: on $1: journalctl -u kubelet, kubectl get csr"
    return 1
}

served_issuer() { # HOST:PORT
    timeout 15 openssl s_client -connect "$1" -showcerts </dev/null 2>/dev/null >"$WORK/served" || :
    if describe_certificate "$WORK/served" >"$WORK/served-print"; then
        cat "$WORK/served-print"
    else
        printf 'nothing'
    fi
}

# --- metrics -----------------------------------------------------------------------------------------------------------

verify_metrics() {
    began=$(now)
    deadline=$((began + ${METRICS_TIMEOUT:-240}))
    # Figures are fresh when they are not older than a minute before this check.
    oldest=$(date -u -d "@$((began - 60))" +%Y-%m-%dT%H:%M:%SZ)
    until metrics_complete; do
        if [ "$(now)" -ge "$deadline" ]; then
            diagnose "$answered"
            exit 71
        fi
        pause
    done
    result "{\"nodes\":$(count_of_nodes),\"seconds\":$(($(now) - began))}"
}

# True when every node of the inventory is listed with fresh figures. What is missing is left in $WORK/missing.
metrics_complete() {
    answered=no
    kube get --raw "/apis/metrics.k8s.io/v1beta1/nodes" >"$WORK/metrics" 2>"$WORK/metrics-error" || return 1
    kube get nodes.metrics.k8s.io -o go-template='{{range .items}}{{.metadata.name}} {{.timestamp}}{{"\n"}}{{end}}' \
        >"$WORK/metrics" 2>"$WORK/metrics-error" || return 1
    answered=yes
    # The list may be empty: the file is told by its name, since the first record of all would be one of the inventory.
    awk -v oldest="$oldest" '
        FILENAME == ARGV[1] { if ($2 ~ /^[0-9]/ && $2 >= oldest) fresh[$1] = 1; next }
        NF && !($1 in fresh) { print $1 }' "$WORK/metrics" "$WORK/inventory" >"$WORK/missing"
    [ ! -s "$WORK/missing" ]
}

main "$@"
