# shellcheck shell=sh
# Verifies, from a control-plane node, what the whole package promises. Reads only. Sent behind common.sh, kubectl.sh,
# cluster.sh, served.sh and diagnosis.sh.
#
#   kubelets   every kubelet serves a certificate that the CA of metrics-server verifies; result {"verified":3}
#   metrics    a request through the API server lists every node with fresh figures; result {"nodes":3,"seconds":21}, and with
#              SERVING_SECRET what the pods serve: "servingCertificate":{"notBefore":...,"notAfter":...}, and with cert-manager
#              the CAs that cainjector has put into the APIService: "caBundle":"LS0t..."
#   status     whether the metrics API answers at this moment; result {"inSync":bool,"causes":[...],"digest":"8c0bc4f1"}
#
# Header: NODE_NAME, INVENTORY, KUBELET_CA (PEM) or KUBELET_CA_FILE (a file on this node; default: kube-root-ca.crt),
# ADDRESS_TYPES (where metrics-server asks kubelets, the preferred type first, default InternalIP), NODE_SELECTOR (the Nodes that it
# asks, default all), METRICS_TIMEOUT (seconds, default 240), and those of
# serving-secret.sh and cert-manager.sh.

main() {
    set -eu
    prepare_check
    case ${1:-} in
        kubelets) verify_kubelets ;;
        metrics) verify_metrics ;;
        status) metrics_status ;;
        *) fail 64 "unknown verb '${1:-}'; expected kubelets, metrics or status" ;;
    esac
}

# --- kubelets ----------------------------------------------------------------------------------------------------------

# Kubelets that are asked at the same time: each may take its time-outs to answer nothing.
AT_ONCE=16

verify_kubelets() {
    kubelet_ca >"$WORK/ca.pem"
    list_nodes
    names >"$WORK/names"
    total=$(count_of_nodes) lane=0
    while [ "$lane" -lt "$AT_ONCE" ]; do
        verify_lane "$lane" &
        lane=$((lane + 1))
    done
    wait
    # In the order of the inventory, whoever answered first.
    place=0
    while read -r node; do
        place=$((place + 1))
        [ -e "$WORK/$place.done" ] || fail 71 "the kubelet of node $node was not asked to the end; expected an answer of each; next: try again"
        cat "$WORK/$place.said" >&8 2>/dev/null || :
    done <"$WORK/names"
    [ ! -e "$WORK/bad" ] || exit 67
    result "{\"verified\":$total}"
}

# One kubelet of every sixteen, one after the other. What is said of each is kept until all are asked.
verify_lane() { # NUMBER
    trap - EXIT
    place=$1
    while [ "$place" -lt "$total" ]; do
        place=$((place + 1))
        AT=$WORK/$place
        verify_node "$(sed -n "${place}p" "$WORK/names")" 8>"$AT.said" || : >"$WORK/bad"
        rm -f "$AT.endpoint" "$AT.handshake" "$AT.served"
        : >"$AT.done"
        place=$((place + AT_ONCE - 1))
    done
}

verify_node() { # NODE
    endpoint_of "$1" >"$AT.endpoint"
    read -r found address port <"$AT.endpoint" || found=none
    case $found in
        good) verify_kubelet "$1" "$address" "$port" ;;
        none) no_endpoint "$1" ;;
        *) odd_endpoint "$1" ;;
    esac
}

# Where metrics-server asks the kubelet of a node: "good", its first address of the type that is preferred of those it has, and
# its port, if they are what the inventory and this script can vouch for. Otherwise "none", or what is odd and the quoted text of
# it. Names are compared as texts: 10 and 010 are two nodes.
endpoint_of() { # NODE
    awk -F '\t' -v node="$1" -v types="${ADDRESS_TYPES:-InternalIP}" '
        BEGIN { best = split(types, type, " ") + 1; for (i in type) rank["\"" type[i] "\""] = i + 0 }
        FILENAME == ARGV[1] {
            count = split($0, field, " ")
            if ("" field[1] == "" node) for (i = 2; i <= count; i++) own[tolower(field[i])] = 1
            next
        }
        $1 != "\"" node "\"" { next }
        $2 == "port" { port = $3 }
        ($2 in rank) && rank[$2] < best { best = rank[$2]; quoted = $3 }
        END {
            if (quoted == "") { print "none"; exit }
            address = substr(quoted, 2, length(quoted) - 2)
            plain = type[best] ~ /IP$/ ? address ~ /^[0-9a-f.:]+$/ : address ~ /^[0-9A-Za-z.-]+$/
            if (!plain || !(tolower(address) in own)) print type[best], quoted
            else if (port !~ /^[0-9]+$/ || length(port) > 5 || port + 0 < 1 || port + 0 > 65535) print "port \"" port "\""
            else print "good", address, port
        }' "$WORK/inventory" "$WORK/nodes"
}

no_endpoint() { # NODE
    log "error: the cluster has no Node $1 with ${ADDRESS_TYPES:+one of the addresses }${ADDRESS_TYPES:-an InternalIP}; expected one; next: kubectl get nodes -o wide"
    return 1
}

# Its kubelet writes the Node, so whoever has stolen its credential does, too.
odd_endpoint() { # NODE
    what=$(cut -d ' ' -f 1 <"$AT.endpoint")
    said=$(cut -d ' ' -f 2- <"$AT.endpoint" | one_line 300)
    case $what in
        port) log "error: Node $1 says that the port of its kubelet is $said; expected a number from 1 to 65535; next: kubectl get node $1 -o yaml; on $1: systemctl status kubelet" ;;
        *) log "error: Node $1 says that its $what is $said; expected one of its own in nodes: $(own_names "$1"); next: kubectl get node $1 -o yaml; if $1 has changed, correct nodes.$1.addresses; otherwise somebody may have its kubelet's credential" ;;
    esac
    return 1
}

own_names() { # NODE
    awk -v node="$1" '"" $1 == "" node { sub(/^[^ ]* */, ""); print }' "$WORK/inventory" | one_line 300
}

# The CA that metrics-server will use: the given one, or the cluster's as every pod gets it.
kubelet_ca() {
    if [ -n "${KUBELET_CA:-}" ]; then
        printf '%s\n' "$KUBELET_CA"
        return
    fi
    if [ -n "${KUBELET_CA_FILE:-}" ]; then
        cat "$ROOT$KUBELET_CA_FILE" 2>/dev/null ||
            fail 71 "cannot read $KUBELET_CA_FILE (metricsServer.kubeletCaHostPath); expected the CA that kubelets are verified with; next: ls -l $KUBELET_CA_FILE on $NODE_NAME"
        return
    fi
    kube_into "$WORK/root-ca" "$ONE_ANSWER" get configmap -n "$NAMESPACE" kube-root-ca.crt -o go-template='{{index .data "ca.crt"}}' ||
        fail 71 "cannot read kube-system/kube-root-ca.crt: $(complaint)"
    cat "$WORK/root-ca"
}

# A handshake as metrics-server does it: chain, address and possession of the key. To Go, each certificate in the CA file is
# an anchor, an intermediate one, too; to openssl only with -partial_chain.
verify_kubelet() { # NODE ADDRESS PORT
    target=$2 check=-verify_ip
    case $2 in
        *:*) target="[$2]" ;;
        *[!0-9.]*) check=-verify_hostname ;;
        *.*.*.*) ;;
        *) check=-verify_hostname ;;
    esac
    if timeout 15 openssl s_client -connect "$target:$3" -CAfile "$WORK/ca.pem" -no-CApath -no-CAstore \
        -partial_chain -verify_return_error "$check" "$2" </dev/null >"$AT.handshake" 2>&1; then
        return 0
    fi
    # Only what openssl itself says: a line with the names of a certificate may say anything.
    cause=$(sed -n -e 's/^verify error:num=[0-9]*://p' -e 's/^[0-9A-Fa-f]*:error:.*alert /alert /p' -e 's/^[0-9A-Fa-f]*:error:.*BIO_lookup_ex.*/its name does not resolve here/p' -e 's/^connect:errno.*/no connection/p' "$AT.handshake" | head -n 1)
    log "error: the kubelet of node $1 does not verify: ${cause:-no TLS handshake}; served: $(served_issuer "$target:$3"); expected a certificate issued by $(describe_certificate "$WORK/ca.pem"); next: on $1: journalctl -u kubelet, kubectl get csr"
    return 1
}

served_issuer() { # HOST:PORT
    # Who did not answer a moment ago would take its time once more.
    if ! grep -q '^CONNECTED' "$AT.handshake"; then
        printf 'nothing'
        return
    fi
    timeout 15 openssl s_client -connect "$1" -showcerts </dev/null 2>/dev/null >"$AT.served" || :
    if served=$(describe_certificate "$AT.served"); then quoted "$served" 600; else printf 'nothing'; fi
}

# --- metrics -----------------------------------------------------------------------------------------------------------

verify_metrics() {
    select_nodes
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
    require_served "$deadline"
    result "{\"nodes\":$(grep -c . "$WORK/expected"),\"seconds\":$(($(now) - began))$(served_json)}"
}

# The nodes of the inventory that metrics-server asks, in $WORK/expected. Those that it is told to leave out are never listed.
select_nodes() {
    if [ -z "${NODE_SELECTOR:-}" ]; then
        grep . "$WORK/inventory" >"$WORK/expected"
        return 0
    fi
    kube_into "$WORK/selected" "$ONE_LIST" get nodes -l "$NODE_SELECTOR" -o go-template='{{range .items}}{{.metadata.name}}{{"\n"}}{{end}}' ||
        fail 71 "cannot list the nodes of --node-selector=$(quoted "$NODE_SELECTOR"): $(complaint); expected a selector as kubectl takes it; next: correct metricsServer.extraArgs"
    # The list may be empty: the file is told by its name.
    awk 'FILENAME == ARGV[1] { selected["" $1] = 1; next } NF && ("" $1) in selected' "$WORK/selected" "$WORK/inventory" >"$WORK/expected"
    awk 'FILENAME == ARGV[1] { selected["" $1] = 1; next } NF && !(("" $1) in selected) { printf " %s", $1 }' "$WORK/selected" "$WORK/inventory" >"$WORK/left-out"
    [ -s "$WORK/expected" ] ||
        fail 71 "--node-selector=$(quoted "$NODE_SELECTOR") selects none of the nodes:$(one_line 2000 <"$WORK/left-out"); expected one at least; next: kubectl get nodes --show-labels, then correct metricsServer.extraArgs"
    [ ! -s "$WORK/left-out" ] ||
        log "warning: --node-selector=$(quoted "$NODE_SELECTOR") leaves nodes out, which have no metrics:$(one_line 2000 <"$WORK/left-out")"
}

# One request and no diagnosis, which is the last check's: a preview waits for it.
metrics_status() {
    if metrics_into get --raw "/apis/metrics.k8s.io/v1beta1/nodes"; then
        if [ -n "${SERVING_SECRET:-}" ]; then look_at_pods; fi
        if [ -s "$WORK/refused" ]; then
            tell_refused
            result "{\"inSync\":false,\"causes\":[\"serving-certificate\"],\"digest\":\"$(cksum <"$WORK/refused" | cut -d ' ' -f 1)\"}"
            return 0
        fi
        result '{"inSync":true,"causes":[],"digest":""}'
    else
        log "the metrics API does not answer: $(complaint_in "$WORK/metrics-error")"
        # The same silence twice shows once, another one anew.
        result "{\"inSync\":false,\"causes\":[\"metrics-api-silent\"],\"digest\":\"$(cksum <"$WORK/metrics-error" | cut -d ' ' -f 1)\"}"
    fi
}

# What was asked is in $WORK/metrics, and why there is no answer in $WORK/metrics-error.
metrics_into() { # ARGUMENT...
    found=0
    kube_into "$WORK/metrics" "$ONE_LIST" "$@" || found=$?
    if [ "$found" = 2 ]; then echo "the metrics API answers with more than $ONE_LIST bytes" >"$WORK/error"; fi
    cp "$WORK/error" "$WORK/metrics-error"
    return "$found"
}

# True when every node that is expected is listed with fresh figures. What is missing is left in $WORK/missing.
metrics_complete() {
    answered=no
    metrics_into get --raw "/apis/metrics.k8s.io/v1beta1/nodes" || return 1
    metrics_into get nodes.metrics.k8s.io -o go-template='{{range .items}}{{.metadata.name}} {{.timestamp}}{{"\n"}}{{end}}' || return 1
    answered=yes
    # The list may be empty: the file is told by its name, since the first record of all would be one of the inventory.
    awk -v oldest="$oldest" '
        FILENAME == ARGV[1] { if ($2 ~ /^[0-9]/ && $2 >= oldest) fresh[$1] = 1; next }
        NF && !($1 in fresh) { print $1 }' "$WORK/metrics" "$WORK/expected" >"$WORK/missing"
    [ ! -s "$WORK/missing" ]
}

main "$@"
