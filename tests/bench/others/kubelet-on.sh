#!/usr/bin/env bash
# shellcheck shell=bash
# Writes the key if it is not there, and says "changed" then.
set -eu
config=/var/lib/kubelet/config.yaml
if ! grep -q '^serverTLSBootstrap: true$' "$config"; then
    echo 'serverTLSBootstrap: true' >>"$config"
    echo changed
fi
