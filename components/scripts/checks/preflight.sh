# shellcheck shell=sh
# Looks, before anything is changed, for what is known to make a verified metrics-server fail, and reports all findings at
# once, each with its remedy. Sent behind common.sh and cluster.sh.
#
#   preflight   result {"kubernetes":"v1.34.3","nodes":3}, or exit 71
#
# Header: NODE_NAME, INVENTORY, RELEASE (of metrics-server), OLDEST_MINOR (that it supports), CSR_CONTROLLER (the name of the
# controller that is going to be installed, if one is).

main() {
    set -eu
    [ "${1:-}" = preflight ] || { NODE_NAME=${NODE_NAME:-node} && prepare && fail 64 "unknown verb '${1:-}'; expected preflight"; }
    prepare_check
    trap interrupted TERM INT HUP
    preflight
}

finding() {
    printf '%s\n' "$1" >>"$WORK/findings"
}

preflight() {
    : >"$WORK/findings"
    kube get --raw /version >"$WORK/version" 2>"$WORK/error" ||
        fail 71 "the API server does not answer: $(complaint); expected it to; next: kubectl --kubeconfig=/etc/kubernetes/admin.conf get nodes"
    check_version
    check_nodes
    check_signer
    check_aggregation
    check_front_proxy
    check_proxy_settings
    check_kubelets
    check_clocks
    check_owners
    if [ -s "$WORK/findings" ]; then
        report_findings
        exit 71
    fi
    result "{\"kubernetes\":$(json_string "$VERSION"),\"nodes\":$(count_of_nodes)}"
}

report_findings() {
    log "error: the cluster is not ready for a verified metrics-server; nothing was changed:"
    # A finding that names much is longer than a line of log_lines, and its remedy comes last.
    printable <"$WORK/findings" | cut -c 1-2000 | while IFS= read -r line; do log "  - $line"; done
}

# systemd ends a check that takes too long; what it has found by then is told.
interrupted() {
    trap '' TERM INT HUP
    if [ -s "$WORK/findings" ]; then report_findings; fi
    fail 75 "interrupted by a signal before everything was looked at; nothing was changed; next: try again"
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
        >"$WORK/nodes" 2>"$WORK/error" || fail 71 "cannot list nodes: $(complaint)"
    awk '
        FILENAME == ARGV[1] { known[$1] = $0; next }
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
        log "warning: nodes that are not in the inventory, whose kubelets metrics-server will not accept: $(tr '\n' ' ' <"$WORK/unlisted" | one_line 2000)"
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
    kube get configmap -n "$NAMESPACE" extension-apiserver-authentication -o go-template='{{index .data "requestheader-client-ca-file"}}' \
        >"$WORK/ca" 2>"$WORK/error" || grep -q NotFound "$WORK/error" ||
        fail 71 "cannot read kube-system/extension-apiserver-authentication: $(complaint)"
    grep -q 'BEGIN CERTIFICATE' "$WORK/ca" ||
        finding "the aggregation layer is off (kube-system/extension-apiserver-authentication has no requestheader-client-ca-file); expected kubeadm's --requestheader-client-ca-file on the API server"
}

# The API server shows this certificate to metrics-server, which answers 401 when it has expired.
check_front_proxy() {
    certificate=$ROOT/etc/kubernetes/pki/front-proxy-client.crt
    [ -r "$certificate" ] || return 0
    if ! timeout 10 openssl x509 -in "$certificate" -noout -checkend 604800 >/dev/null 2>&1; then
        end=$(timeout 10 openssl x509 -in "$certificate" -noout -enddate 2>/dev/null) || end=unreadable
        finding "/etc/kubernetes/pki/front-proxy-client.crt ends within a week (${end#notAfter=}); expected it valid: metrics-server would answer 401; next: kubeadm certs renew front-proxy-client, then restart the API server"
    elif ! timeout 10 openssl verify -partial_chain -CAfile "$ROOT/etc/kubernetes/pki/front-proxy-ca.crt" "$certificate" >/dev/null 2>&1; then
        finding "/etc/kubernetes/pki/front-proxy-client.crt was not issued by front-proxy-ca.crt; expected it to; next: kubeadm certs renew front-proxy-client, then restart the API server"
    fi
}

# A proxy between the API server and its own Services answers in metrics-server's place.
check_proxy_settings() {
    manifest=$ROOT/etc/kubernetes/manifests/kube-apiserver.yaml
    [ -r "$manifest" ] || return 0
    awk '
        tolower($0) ~ /name: *"?https_proxy"?/ { proxy = 1 }
        tolower($0) ~ /name: *"?no_proxy"?/ { bypass = 1 }
        END { exit !(proxy && !bypass) }' "$manifest" &&
        finding "the API server runs with HTTPS_PROXY and without NO_PROXY; expected NO_PROXY with the Service and Pod networks; next: add them to the env of /etc/kubernetes/manifests/kube-apiserver.yaml"
    return 0
}

# What each kubelet really runs with, flags included, as the API server can ask it. Each one that does not answer takes a
# time-out, so a few are enough.
check_kubelets() {
    silent=0
    for node in $(names); do
        if [ "$silent" -ge 5 ]; then
            finding "nodes.$node and those after it were not asked; expected the ones before to answer"
            return 0
        fi
        if ! kube get --raw "/api/v1/nodes/$node/proxy/configz" >"$WORK/configz" 2>"$WORK/error"; then
            # A node that joined a moment ago waits for its first certificate, which this run will have approved. An API server
            # that verifies kubelets (--kubelet-certificate-authority) refuses self-signed ones until then.
            if grep -q 'NotFound\|tls: internal error\|x509: ' "$WORK/error"; then continue; fi
            silent=$((silent + 1))
            finding "nodes.$node: the API server does not reach its kubelet: $(complaint); expected TCP 10250 open from the control plane; next: kubectl get node $node; check the firewall"
            continue
        fi
        grep -q '"webhook":{"enabled":false' "$WORK/configz" &&
            finding "nodes.$node: the kubelet's authentication.webhook is off; expected it on: metrics-server's token would be refused; next: set authentication.webhook.enabled: true in /var/lib/kubelet/config.yaml"
        grep -q '"authorization":{"mode":"AlwaysAllow"' "$WORK/configz" &&
            finding "nodes.$node: the kubelet's authorization.mode is AlwaysAllow; expected Webhook; next: set it in /var/lib/kubelet/config.yaml"
        # A kubelet without one of its own names its self-signed kubelet.crt here.
        file=$(sed -n 's/.*"tlsCertFile":"\([^"]*\)".*/\1/p' "$WORK/configz")
        case $file in
            '' | */kubelet.crt) ;;
            *) finding "nodes.$node: the kubelet serves $file from tlsCertFile; expected none, it overrides serverTLSBootstrap; next: remove tlsCertFile and tlsPrivateKeyFile, or use MetricsServer alone with kubeletCa" ;;
        esac
    done
    return 0
}

# A lease is renewed every 10 s with the node's own clock, so it tells what time it is there.
check_clocks() {
    kube get leases -n kube-node-lease -o go-template='{{range .items}}{{.metadata.name}} {{.spec.renewTime}}{{"\n"}}{{end}}' \
        >"$WORK/leases" 2>/dev/null || return 0
    moment=$(now)
    future=$(date -u -d "@$((moment + 30))" +%Y-%m-%dT%H:%M:%S)
    past=$(date -u -d "@$((moment - 120))" +%Y-%m-%dT%H:%M:%S)
    awk -v future="$future" -v past="$past" '
        FNR == NR { listed[$1] = 1; next }
        !($1 in listed) || $2 !~ /^[0-9]/ { next }
        $2 > future { print "nodes." $1 ": its clock is ahead (it says " $2 "); expected less than 30 s; next: timedatectl on " $1 }
        $2 < past { print "nodes." $1 ": its last sign of life is from " $2 "; expected less than 2 minutes ago; next: kubectl describe node " $1 ", timedatectl on " $1 }' \
        "$WORK/inventory" "$WORK/leases" >>"$WORK/findings"
}

check_owners() {
    find_foreign "metrics-server or its API" them "; see \"An installed metrics-server\" in the README" \
        "apiservice/$APISERVICE" deployment/metrics-server service/metrics-server poddisruptionbudget/metrics-server \
        serviceaccount/metrics-server rolebinding/metrics-server-auth-reader clusterrole/system:metrics-server \
        clusterrole/system:aggregated-metrics-reader clusterrolebinding/system:metrics-server \
        clusterrolebinding/metrics-server:system:auth-delegator
    [ -n "${CSR_CONTROLLER:-}" ] || return 0
    find_foreign "$CSR_CONTROLLER" it ", or keep it as the approver with csrApproval.mode \"external\"" \
        "deployment/$CSR_CONTROLLER" "serviceaccount/$CSR_CONTROLLER" "clusterrole/$CSR_CONTROLLER" \
        "clusterrolebinding/$CSR_CONTROLLER"
}

# Objects that somebody else made are never taken over: all that are in the way, in one finding.
find_foreign() { # WHAT PRONOUN REST TYPE/NAME...
    what=$1 pronoun=$2 rest=$3 foreign='' makers=''
    shift 3
    for object in "$@"; do
        check_owner "$object"
    done
    [ -z "$foreign" ] ||
        finding "$what is there already:$foreign, made by${makers%,}; expected to create $pronoun; next: remove that installation (kubectl delete -n $NAMESPACE$foreign; with Helm: helm uninstall)$rest"
}

check_owner() { # TYPE/NAME
    kube get "$1" -n "$NAMESPACE" --ignore-not-found \
        -o jsonpath='{.metadata.labels.app\.kubernetes\.io/managed-by}|{.metadata.annotations.meta\.helm\.sh/release-name}|{.spec.service.namespace}/{.spec.service.name}|{.metadata.labels.app\.kubernetes\.io/part-of}' \
        >"$WORK/owner" 2>"$WORK/error" || fail 71 "cannot read $1: $(complaint)"
    [ -s "$WORK/owner" ] || return 0
    IFS='|' read -r managed release service part <"$WORK/owner" || :
    # Without server-side apply, the provider says `pulumi` in managed-by.
    if [ "$managed" = secure-metrics-server ] || [ "$part" = secure-metrics-server ]; then return 0; fi
    maker=${managed:-kubectl or another tool}
    if [ -n "$release" ]; then maker="Helm release $release"; fi
    case $1 in apiservice/*) maker="$maker (the API is served by Service $service)" ;; esac
    foreign="$foreign $1"
    case $makers in *" $maker,"*) ;; *) makers="$makers $maker," ;; esac
}

main "$@"
