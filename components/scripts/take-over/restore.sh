#!/bin/sh
# Brings back the metrics-server that was there before secure-metrics-server took it over: its objects, as they were. Run as root
# on this control plane, after `pulumi destroy`:
#
#   sudo sh /var/lib/secure-metrics-server/taken-over/restore.sh
#
# Without a `pulumi destroy` before, the new metrics-server is replaced, and the stack still counts the objects as its own.
set -eu
cd "$(dirname "$0")"
kubeconfig=${1:-/etc/kubernetes/admin.conf}

cluster() {
    kubectl --kubeconfig="$kubeconfig" "$@"
}

put() { # FILE
    if cluster get -f "$1" -o name >/dev/null 2>&1; then cluster replace -f "$1"; else cluster create -f "$1"; fi
}

put_all() { # KIND...
    for kind in "$@"; do
        for file in "$kind".*.yaml; do
            if [ -e "$file" ]; then put "$file"; fi
        done
    done
}

put_all serviceaccount clusterrole clusterrolebinding role rolebinding configmap
if [ -e deployment.metrics-server.yaml ]; then
    owner=$(cluster get deployment metrics-server -n kube-system --ignore-not-found -o go-template='{{with .metadata.labels}}{{index . "app.kubernetes.io/part-of"}}{{end}}')
    if [ "$owner" = secure-metrics-server ]; then cluster delete deployment metrics-server -n kube-system; fi
    put deployment.metrics-server.yaml
    cluster rollout status deployment/metrics-server -n kube-system --timeout=180s ||
        echo "its pods are not ready yet; next: kubectl -n kube-system describe deployment metrics-server" >&2
fi
put_all service apiservice poddisruptionbudget secret
echo "done; kubectl top nodes answers within a minute"
