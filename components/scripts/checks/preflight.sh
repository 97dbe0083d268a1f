# shellcheck shell=sh
# Looks, before anything is changed, for what is known to make a verified metrics-server fail, and reports all findings at
# once, each with its remedy. Sent behind common.sh, cluster.sh, owners.sh, approvers.sh, network-policies.sh, ca-file.sh and
# settings.sh.
#
#   preflight   result {"kubernetes":"v1.34.3","nodes":3}, or exit 71
#
# Header: NODE_NAME, INVENTORY, RELEASE (of metrics-server), OLDEST_MINOR (that it supports), OLDEST_KUBERNETES (the oldest
# minor that any release supports), APPROVER_MINOR (the oldest one that the approver needs, if it is ours), CSR_CONTROLLER (the name
# of the controller that is going to be installed, if one is), HOST_NETWORK (see network-policies.sh), CLUSTER_UID (the uid of the
# Namespace kube-system in the cluster that objects go to; without it, that cluster is not compared), and those of settings.sh,
# of approvers.sh, of serving-secret.sh and of cert-manager.sh; TAKE_OVER ("true" where somebody else's installation is going to be
# taken over).

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
    check_same_cluster
    kube_into "$WORK/version" "$ONE_ANSWER" get --raw /version || no_answer
    check_version
    check_nodes
    check_signer
    check_aggregation
    check_front_proxy
    check_admin_credential
    check_proxy_settings
    check_network_policies
    check_kubelets
    check_clocks
    check_owners
    check_settings
    check_serving_secret
    check_cert_manager
    warn_of_tokens
    warn_of_approvers
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

no_answer() {
    fail 71 "the API server does not answer: $(complaint); expected it to; next: kubectl --kubeconfig=/etc/kubernetes/admin.conf get nodes"
}

# Kubelets of one cluster and objects of another, that is what a wrong context of the kubeconfig would make.
check_same_cluster() {
    [ -n "${CLUSTER_UID:-}" ] || return 0
    kube_into "$WORK/uid" "$ONE_ANSWER" get namespace "$NAMESPACE" -o go-template='{{.metadata.uid}}' || no_answer
    seen=$(one_line 100 <"$WORK/uid")
    [ "$seen" != "$CLUSTER_UID" ] || return 0
    given=$(printf '%s\n' "$CLUSTER_UID" | one_line 100)
    server=$(sed -n 's/^ *server: *//p' "$ADMIN" | one_line 200)
    fail 71 "the Kubernetes provider and nodes are two clusters: $NAMESPACE has the uid $given for the provider, and $seen for /etc/kubernetes/admin.conf (API server ${server:-unknown}); expected one cluster; nothing was changed; next: kubectl get namespace $NAMESPACE -o jsonpath='{.metadata.uid}' for each context, then correct the provider's context or nodes"
}

check_version() {
    VERSION=$(sed -n 's/.*"gitVersion": *"\([^"]*\)".*/\1/p' "$WORK/version" | head -n 1)
    minor=$(printf '%s\n' "$VERSION" | sed -n 's/^v1\.\([0-9]*\).*/\1/p')
    if [ -z "$minor" ] || [ "$minor" -lt "$OLDEST_KUBERNETES" ]; then
        finding "Kubernetes is ${VERSION:-unknown}; expected 1.$OLDEST_KUBERNETES or later; next: upgrade the cluster"
        return 0
    fi
    # The approver tells a control plane's own kubelet from others by what the API server says of its certificate.
    if [ "$minor" -lt "${APPROVER_MINOR:-0}" ]; then
        finding "Kubernetes is $VERSION, whose API server does not say with which certificate a request was sent; expected 1.$APPROVER_MINOR or later for csrApproval.mode controlPlane: the requests of control planes would stay pending; next: upgrade the cluster, or choose csrApproval.mode external or controller"
    fi
    if [ "$minor" -lt "$OLDEST_MINOR" ]; then
        finding "Kubernetes is $VERSION, and metrics-server ${RELEASE:-} needs 1.$OLDEST_MINOR; next: set metricsServer.kubernetesVersion to \"1.$minor\""
    fi
}

# The inventory has to be what the cluster has: approval compares it with each Node's addresses.
check_nodes() {
    list_nodes
    # The names that this Node's certificate may carry, in small letters; what is odd is shown as it is quoted.
    awk -F '\t' -v wanted="${ADDRESS_TYPES:-}" '
        BEGIN { split(wanted == "" ? "InternalIP" : wanted, type_of, " "); for (i in type_of) asked[type_of[i]] = 1 }
        function bare(text) { return substr(text, 2, length(text) - 2) }
        function well_formed(type, text) {
            if (type ~ /IP$/) return text ~ /^[0-9A-Fa-f.:]+$/
            return text ~ /^[0-9A-Za-z.-]+$/
        }
        FILENAME == ARGV[1] {
            name = bare($1)
            if ($2 == "port") known[name] = 0
            else { known[name]++; types[name, known[name]] = $2; texts[name, known[name]] = $3 }
            next
        }
        !NF { next }
        {
            count = split($0, field, " "); name = field[1]; reached = 0
            if (!(name in known)) {
                print "nodes." name ": the cluster has no such Node; expected a name that `kubectl get nodes` prints"
                next
            }
            delete allowed
            for (i = 1; i <= count; i++) allowed[tolower(field[i])] = 1
            for (i = 1; i <= known[name]; i++) {
                type = bare(types[name, i]); address = bare(texts[name, i])
                if (type in asked) reached = 1
                if (type !~ /^[A-Za-z]+$/ || !well_formed(type, address))
                    print "nodes." name ": its Node has the address " substr(types[name, i], 1, 100) " " substr(texts[name, i], 1, 300) "; expected a plain address or name; next: kubectl get node " name " -o yaml; its kubelet writes it, or whoever has its credential"
                else if (!(tolower(address) in allowed))
                    print "nodes." name ": the Node has the " type " " address ", which nodes." name ".addresses does not list; if it is right, add it: its kubelet asks for a certificate with it"
            }
            if (reached) next
            if (wanted == "") print "nodes." name ": the Node has no InternalIP; expected one: start its kubelet with --node-ip"
            else print "nodes." name ": the Node has no address of the types " wanted ", at which metrics-server is to ask its kubelet; expected one; next: kubectl get node " name " -o yaml, then correct metricsServer.kubeletPreferredAddressTypes"
        }' "$WORK/nodes" "$WORK/inventory" >>"$WORK/findings"
    awk '
        FILENAME == ARGV[1] { listed["\"" $1 "\""] = 1; next }
        $2 == "port" && !($1 in listed) { print substr($1, 2, length($1) - 2) }' "$WORK/inventory" "$WORK/nodes" >"$WORK/unlisted"
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

# Leaves the CA, and in the last line the names that the API server's proxy may have.
check_aggregation() {
    kube_into "$WORK/ca" "$ONE_ANSWER" get configmap -n "$NAMESPACE" extension-apiserver-authentication \
        -o go-template='{{index .data "requestheader-client-ca-file"}}{{"\n"}}{{index .data "requestheader-allowed-names"}}{{"\n"}}' ||
        grep -q NotFound "$WORK/error" ||
        fail 71 "cannot read kube-system/extension-apiserver-authentication: $(complaint)"
    grep -q 'BEGIN CERTIFICATE' "$WORK/ca" ||
        finding "the aggregation layer is off (kube-system/extension-apiserver-authentication has no requestheader-client-ca-file); expected the flags that kubeadm gives every API server; next: https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/"
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
    elif [ -n "${REQUEST_HEADER_CA:-}" ]; then
        check_request_header "$certificate"
    else
        check_allowed_names "$(common_name "$certificate")"
    fi
}

# metrics-server asks the API server whom to believe, and answers 401 to a proxy with another name. An empty list is any name.
check_allowed_names() { # NAME
    allowed=$(tail -n 1 "$WORK/ca" | one_line 500)
    case $allowed in
        *"\"$1\""* | '[]' | '') ;;
        '['*) finding "the API server's --requestheader-allowed-names are $allowed, and /etc/kubernetes/pki/front-proxy-client.crt is for '$1'; expected it among them: metrics-server would answer 401; next: add $1 to --requestheader-allowed-names in /etc/kubernetes/manifests/kube-apiserver.yaml on each control plane" ;;
    esac
}

# Runs look at the cluster and make the approver's credential with it.
check_admin_credential() {
    admin_certificate >"$WORK/admin.pem"
    [ -s "$WORK/admin.pem" ] || return 0
    if timeout 10 openssl x509 -in "$WORK/admin.pem" -noout -checkend 2592000 >/dev/null 2>&1; then return 0; fi
    end=$(timeout 10 openssl x509 -in "$WORK/admin.pem" -noout -enddate 2>/dev/null) || end=unreadable
    finding "the client certificate of /etc/kubernetes/admin.conf ends within 30 days (${end#notAfter=}); expected more: runs look at the cluster and make the approver's credential with it; next: kubeadm certs renew admin.conf on each control plane"
}

# The certificate alone, from the text or from the file that admin.conf names.
admin_certificate() {
    data=$(sed -n 's/^ *client-certificate-data: *"*\([A-Za-z0-9+/=]*\).*/\1/p' "$ADMIN" | head -n 1)
    path=$(sed -n 's/^ *client-certificate: *"*\(\/[^ "]*\).*/\1/p' "$ADMIN" | head -n 1)
    if [ -n "$data" ]; then
        printf '%s' "$data" | openssl base64 -d -A 2>/dev/null
    elif [ -n "$path" ] && [ -r "$ROOT$path" ]; then
        openssl x509 -in "$ROOT$path" 2>/dev/null || :
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
        found=0
        kube_into "$WORK/configz" "$ONE_ANSWER" get --raw "/api/v1/nodes/$node/proxy/configz" || found=$?
        case $found in
            0) check_configz "$node" ;;
            2) finding "nodes.$node: its kubelet answers configz with more than $ONE_ANSWER bytes; expected its configuration; next: on $node: systemctl status kubelet; whoever has that node may answer in its place" ;;
            *)
                # A node that joined a moment ago waits for its first certificate, which this run will have approved. An API
                # server that verifies kubelets (--kubelet-certificate-authority) refuses self-signed ones until then.
                if grep -q 'NotFound\|tls: internal error\|x509: ' "$WORK/error"; then continue; fi
                silent=$((silent + 1))
                finding "nodes.$node: the API server does not reach its kubelet: $(quoted "$(complaint)"); expected TCP 10250 open from the control plane; next: kubectl get node $node; check the firewall"
                ;;
        esac
    done
    return 0
}

check_configz() { # NODE
    if grep -q '"webhook":{"enabled":false' "$WORK/configz"; then
        finding "nodes.$1: the kubelet's authentication.webhook is off; expected it on: metrics-server's token would be refused; next: set authentication.webhook.enabled: true in /var/lib/kubelet/config.yaml"
    fi
    if grep -q '"authorization":{"mode":"AlwaysAllow"' "$WORK/configz"; then
        finding "nodes.$1: the kubelet's authorization.mode is AlwaysAllow; expected Webhook; next: set it in /var/lib/kubelet/config.yaml"
    fi
    # A kubelet without one of its own names its self-signed kubelet.crt here.
    file=$(sed -n 's/.*"tlsCertFile":"\([^"]*\)".*/\1/p' "$WORK/configz" | one_line 300)
    case $file in
        '' | */kubelet.crt) ;;
        *) finding "nodes.$1: the kubelet serves $(quoted "$file") from tlsCertFile; expected none, it overrides serverTLSBootstrap; next: remove tlsCertFile and tlsPrivateKeyFile, or use MetricsServer alone with kubeletCa" ;;
    esac
}

# A lease is renewed every 10 s with the node's own clock, so it tells what time it is there.
check_clocks() {
    kube_into "$WORK/leases" "$ONE_LIST" get leases -n kube-node-lease \
        -o go-template='{{range .items}}{{.metadata.name}} {{.spec.renewTime}}{{"\n"}}{{end}}' || return 0
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

# Somebody else's installation is in the way, unless it is going to be taken over.
check_owners() {
    # shellcheck disable=SC2086 # names hold no white space
    find_foreign $OBJECTS
    if [ -n "$foreign" ] && [ "${TAKE_OVER:-}" != true ]; then
        way="set takeOver: true, which takes it over without a pause, or remove that installation (kubectl delete -n $NAMESPACE$foreign; with Helm: helm uninstall); see \"An installed metrics-server\" in the README"
        if [ -s "$WORK/refusals" ]; then way=$(sed -n '1s/.*; next: //p' "$WORK/refusals"); fi
        finding "metrics-server or its API is there already:$foreign, made by$makers; expected to create them; next: $way"
    elif [ -n "$foreign" ]; then
        check_rolled_out
        cat "$WORK/refusals" >>"$WORK/findings"
        [ -s "$WORK/refusals" ] || tell_what_is_taken
    fi
    find_foreign apiservice/v1.metrics.k8s.io
    [ -z "$foreign" ] ||
        finding "somebody serves metrics.k8s.io/v1:$foreign, made by$makers; expected v1beta1 alone: clients that know v1 would ask there; next: remove it (kubectl delete$foreign)"
    [ -n "${CSR_CONTROLLER:-}" ] || return 0
    find_foreign "deployment/$CSR_CONTROLLER" "serviceaccount/$CSR_CONTROLLER" "clusterrole/$CSR_CONTROLLER" \
        "clusterrolebinding/$CSR_CONTROLLER"
    [ -z "$foreign" ] ||
        finding "$CSR_CONTROLLER is there already:$foreign, made by$makers; expected to create it; next: remove that installation (kubectl delete -n $NAMESPACE$foreign; with Helm: helm uninstall), or keep it as the approver with csrApproval.mode \"external\""
}

# What somebody else made under the names of ours.
check_foreign() { # WHAT PRONOUN TYPE/NAME...
    what=$1 pronoun=$2
    shift 2
    find_foreign "$@"
    [ -z "$foreign" ] ||
        finding "$what is there already:$foreign, made by$makers; expected to create $pronoun; next: remove that installation (kubectl delete -n $NAMESPACE$foreign; with Helm: helm uninstall)"
}

# metrics-server's pods would not start without the Secret, and not be believed with a wrong certificate in it.
check_serving_secret() {
    [ -n "${SERVING_SECRET:-}" ] && [ -z "${CERTIFICATE:-}" ] || return 0
    look_at_secret >>"$WORK/findings"
}

# Whoever holds a bootstrap token is given the certificate of any node that it asks for. Tokens are shown by their public half.
warn_of_tokens() {
    kube_into "$WORK/tokens" "$ONE_LIST" get secrets -n "$NAMESPACE" --field-selector type=bootstrap.kubernetes.io/token \
        -o go-template='{{range .items}}{{.metadata.name}}{{with .data}} {{with index . "usage-bootstrap-authentication"}}{{printf "%+q" (base64decode .)}}{{end}} {{with index . "expiration"}}{{printf "%+q" (base64decode .)}}{{end}}{{end}}{{"\n"}}{{end}}' || {
        log "warning: cannot see whether there are live bootstrap tokens: $(complaint); next: kubeadm token list"
        return 0
    }
    tokens=$(awk -v now="$(date -u +%Y-%m-%dT%H:%M:%SZ)" '
        $2 != "\"true\"" { next }
        $3 ~ /^"[0-9T:-]*Z"$/ && substr($3, 2, length($3) - 2) < now { next }
        { sub(/^bootstrap-token-/, "", $1); printf " %s", $1 }' "$WORK/tokens" | one_line 500)
    [ -z "$tokens" ] ||
        log "warning: there are live bootstrap tokens:$tokens; expected none where no node joins: whoever holds one can become any worker; next: kubeadm token list, then kubeadm token delete$tokens"
}

main "$@"
