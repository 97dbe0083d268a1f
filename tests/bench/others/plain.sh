#!/usr/bin/env bash
# shellcheck shell=bash
# Kubelets with certificates that the cluster's CA signed, the short way: plain.sh FOLDER on|off
#
# FOLDER/nodes has one line a node, its user, host and port, the control plane last; FOLDER/key logs in, FOLDER/known_hosts pins the
# host keys. One node after the other. Nothing is looked at before or after.
set -euo pipefail

folder=$1 verb=$2 here=${0%/*}

as_root() { # USER HOST PORT ARGUMENT...
    local user=$1 host=$2 port=$3
    shift 3
    ssh -i "$folder/key" -p "$port" -o BatchMode=yes -o IdentitiesOnly=yes -o LogLevel=ERROR \
        -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$folder/known_hosts" \
        "$user@$host" "\$([ \"\$(id -u)\" = 0 ] || echo sudo -n) bash -s -- $*"
}

restarted=0
while read -r user host port <&3; do
    said=$(as_root "$user" "$host" "$port" <"$here/kubelet-$verb.sh")
    if [ "$said" = changed ]; then
        as_root "$user" "$host" "$port" <<<"systemctl restart kubelet"
        restarted=$((restarted + 1))
    fi
done 3<"$folder/nodes"
read -r user host port < <(tail -n 1 "$folder/nodes")
[ "$verb" = off ] || as_root "$user" "$host" "$port" "$restarted" <"$here/approve.sh" >/dev/null
