# shellcheck shell=sh
# Says which leg broke when the metrics API does not answer as it has to, and why. Reads only. Sent behind cluster.sh, served.sh and cert-manager.sh.
# Legs: the API server to metrics-server (APIService), and metrics-server to each kubelet.

SELECTOR=k8s-app=metrics-server

diagnose() { # WHETHER THE METRICS API ANSWERED
    if [ "$1" = no ]; then diagnose_api; else diagnose_kubelets; fi
    if [ -n "${SERVING_SECRET:-}" ]; then diagnose_secret; fi
    diagnose_certificate
    kube get pods -n "$NAMESPACE" -l "$SELECTOR" -o wide --no-headers 2>&1 | head -c "$ONE_ANSWER" | printable | log_lines
    log "expected every node in /apis/metrics.k8s.io/v1beta1/nodes within ${METRICS_TIMEOUT:-240} s"
}

# --- the API server to metrics-server ------------------------------------------------------------------------------------

# The first that has something to say: the proxy, the APIService, the request itself.
diagnose_api() {
    why_not_reached >"$WORK/found"
    [ -s "$WORK/found" ] || why_not_available >"$WORK/found"
    [ -s "$WORK/found" ] || complaint_in "$WORK/metrics-error" >"$WORK/found"
    found=$(one_line 400 <"$WORK/found")
    log "error: the API server gets no answer from metrics-server: $(cause_of_api "$found"): $(quoted "$found" 400); next: $(remedy_of_api "$found")"
}

# What the API server's proxy says. The APIService is available as long as its pods answer, whatever their certificate is, and
# kubectl keeps the proxy's words to itself unless it is asked for every detail.
why_not_reached() {
    kube get --raw /apis/metrics.k8s.io/v1beta1/nodes -v=8 2>&1 | head -c "$ONE_LIST" >"$WORK/answer" || :
    sed -n '/error trying to reach service: /{s/^.*\(error trying to reach service: [^"]*\).*$/\1/p;q;}' "$WORK/answer"
}

# What the APIService says of itself: nothing if it is available.
why_not_available() {
    if kube_into "$WORK/available" "$ONE_ANSWER" get apiservice "$APISERVICE" \
        -o go-template='{{range .status.conditions}}{{if eq .type "Available"}}{{.status}} {{.reason}}: {{.message}}{{end}}{{end}}'; then
        sed -n '1{/^True/!p;q;}' "$WORK/available"
    else
        complaint
    fi
}

cause_of_api() { # FOUND
    case $1 in
        *x509* | *"certificate signed by"*) echo "it does not accept metrics-server's certificate with the APIService's caBundle" ;;
        *ServiceNotFound*) echo "the APIService names a Service that is not there" ;;
        *Endpoints*) echo "no pod of metrics-server is ready" ;;
        *Unauthorized* | *Forbidden* | *forbidden* | *': 401'* | *': 403'*) echo "metrics-server refuses it" ;;
        *refused* | *timeout* | *'no route'* | *'deadline exceeded'* | *'EOF'*) echo "it does not reach metrics-server's pods (firewall, or the pod network of the control plane)" ;;
        *) echo "the APIService is not available" ;;
    esac
}

remedy_of_api() { # FOUND
    case $1 in
        *x509* | *"certificate signed by"*) remedy_of_certificate ;;
        *ServiceNotFound*) echo "pulumi refresh, then pulumi up" ;;
        *Endpoints*) echo "kubectl describe pods -n $NAMESPACE -l $SELECTOR; kubectl logs -n $NAMESPACE deploy/metrics-server" ;;
        *Unauthorized* | *Forbidden* | *forbidden* | *': 401'* | *': 403'*)
            echo "kubectl get clusterrolebinding metrics-server:system:auth-delegator; kubectl get rolebinding -n $NAMESPACE metrics-server-auth-reader; openssl x509 -enddate -noout -in /etc/kubernetes/pki/front-proxy-client.crt"
            ;;
        *) echo "kubectl get apiservice $APISERVICE -o yaml; from a control plane: nc -zv POD-ADDRESS 10250" ;;
    esac
}

remedy_of_certificate() {
    if [ -n "${CERTIFICATE:-}" ]; then
        remedy_of_issue
    elif [ -n "${SERVING_SECRET:-}" ]; then
        echo "correct Secret $NAMESPACE/$SERVING_SECRET, or servingCertificate.existingSecret.caCertificatePem"
    else
        echo "somebody changed caBundle or the Secret with the certificate: pulumi refresh, then pulumi up"
    fi
}

# What is wrong with a Secret that somebody else keeps, and with what pods still serve from it.
diagnose_secret() {
    look_at_secret >"$WORK/secret-problems"
    look_at_pods
    cat "$WORK/secret-problems" >>"$WORK/refused"
    tell_refused
}

# --- metrics-server to the kubelets --------------------------------------------------------------------------------------

diagnose_kubelets() {
    kube logs -n "$NAMESPACE" -l "$SELECTOR" --since=150s --tail=-1 2>/dev/null |
        head -c "$ONE_LIST" | printable >"$WORK/log"
    while read -r node; do
        line=$(grep -F "node=\"$node\"" "$WORK/log" | grep -F 'Failed to scrape' | tail -n 1 | cut -c 1-600)
        found=$(printf '%s\n' "$line" | sed -e 's/^.*err="//' -e 's/" node=.*$//' -e 's/\\"/"/g' | cut -c 1-400)
        log "error: no fresh figures of node $node: $(cause_of_scrape "$found")${found:+: $(quoted "$found" 400)}; next: $(remedy_of_scrape "$found" "$node")"
    done <"$WORK/missing"
}

cause_of_scrape() { # FOUND
    case $1 in
        '') echo "metrics-server says nothing about it" ;;
        *x509*) echo "metrics-server does not accept its kubelet's certificate" ;;
        *Unauthorized*) echo "its kubelet does not know metrics-server's token" ;;
        *Forbidden*) echo "its kubelet refuses metrics-server (RBAC)" ;;
        *'tls: internal error'*) echo "its kubelet has no certificate to serve" ;;
        *refused*) echo "its kubelet does not listen" ;;
        *timeout* | *'deadline exceeded'* | *'no route'* | *unreachable*) echo "metrics-server does not reach its kubelet (firewall?)" ;;
        *) echo "metrics-server cannot read its kubelet" ;;
    esac
}

remedy_of_scrape() { # FOUND NODE
    case $1 in
        *x509*) echo "pulumi up with driftDetection: true repairs $2; on $2: journalctl -u kubelet; kubectl get csr" ;;
        *Unauthorized*) echo "set authentication.webhook.enabled: true in $2:/var/lib/kubelet/config.yaml and restart the kubelet" ;;
        *Forbidden*) echo "kubectl get clusterrolebinding system:metrics-server -o yaml; pulumi refresh, then pulumi up" ;;
        *'tls: internal error'*) echo "its request waits for approval: kubectl get csr; on $2: journalctl -u kubelet" ;;
        *refused*) echo "on $2: systemctl status kubelet" ;;
        *timeout* | *'deadline exceeded'* | *'no route'* | *unreachable*) echo "open TCP 10250 of $2 for the pods' addresses and for all nodes" ;;
        *) echo "kubectl logs -n $NAMESPACE deploy/metrics-server; kubectl describe node $2" ;;
    esac
}
