# shellcheck shell=sh
# The file on a control plane that metrics-server verifies kubelets with, where one is mounted. Reads only. Sent behind common.sh.
# Header: KUBELET_CA_FILE (the path on the node; without it, none is mounted).

# Why metrics-server cannot use it on this node; nothing if it can.
ca_file_problem() {
    [ -n "${KUBELET_CA_FILE:-}" ] || return 0
    file=$ROOT$KUBELET_CA_FILE
    named="$KUBELET_CA_FILE on $NODE_NAME (metricsServer.kubeletCaHostPath)"
    if [ ! -f "$file" ]; then
        echo "$named is no file; expected the CA certificates that kubelets are verified with, on each control plane; next: correct the path, or copy the file there"
    elif grep -q 'PRIVATE KEY' "$file"; then
        echo "$named has a private key; expected certificates only; next: name the file with the certificate"
    elif ! timeout 10 openssl x509 -in "$file" -noout -checkend 0 >/dev/null 2>&1; then
        echo "$named does not begin with a certificate that is valid now; expected the CA that signs the kubelets' certificates; next: openssl x509 -in $KUBELET_CA_FILE -noout -subject -dates"
    else
        case $(stat -L -c %A "$file" 2>/dev/null) in
            ???????r*) ;;
            *) echo "$named cannot be read by everybody; expected it readable, because metrics-server runs as user 1000; next: chmod o+r $KUBELET_CA_FILE" ;;
        esac
    fi
}
