#!/usr/bin/env bash
# shellcheck shell=bash
# Takes the key and what was issued away, as kubeadm left it, and says "changed".
set -eu
sed -i '/^serverTLSBootstrap:/d' /var/lib/kubelet/config.yaml
rm -f /var/lib/kubelet/pki/kubelet-server-*
echo changed
