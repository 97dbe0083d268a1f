#!/usr/bin/env bash
# shellcheck shell=bash
# Approves pending requests for kubelets' serving certificates until there were enough, whoever sent them and whatever is in them:
# on a control plane, approve.sh NUMBER
set -eu
export KUBECONFIG=/etc/kubernetes/admin.conf

pending='{{range .items}}{{if not .status.conditions}}{{.metadata.name}} {{end}}{{end}}'
approved=0
for _ in $(seq 240); do
    [ "$approved" -lt "$1" ] || exit 0
    for request in $(kubectl get csr --field-selector=spec.signerName=kubernetes.io/kubelet-serving -o go-template="$pending"); do
        kubectl certificate approve "$request"
        approved=$((approved + 1))
    done
    sleep 0.5
done
echo "$approved requests came within two minutes; expected $1" >&2
exit 1
