#!/bin/sh
# copyDisk.sh FROM TO
# Copies a node's disk: the folders upper, containerd and kubelet. Nothing may write to it meanwhile.
set -eu
from=$1 to=$2
mkdir -p "$to"

# etcd sets big files aside, of which most is empty.
cp --archive --sparse=always "$from/upper" "$from/kubelet" "$to"

# What several nodes have in common is never written to, and stays in common. What only this one has, which is in two folders
# now, becomes a file of its own.
cp --archive --link "$from/containerd" "$to"
cd "$from/containerd"
(cd "$to/containerd" && find . -type f -links 2 -print0) |
    xargs --null --no-run-if-empty cp --archive --sparse=always --parents --remove-destination \
        --target-directory="$to/containerd"
