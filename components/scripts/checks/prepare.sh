# shellcheck shell=sh
# What every read-only check of the whole cluster begins with. Sent behind common.sh and cluster.sh.
# Header: INVENTORY (a line for each node: its name and addresses).

# Everything that a check needs, named before it starts. Leaves the inventory in $WORK/inventory.
prepare_check() {
    prepare
    require_root
    require_tools awk cat cksum cp cut date fold grep head kubectl openssl sed sort tail timeout tr wc
    make_work_directory
    # No file grows beyond 32 MiB (in blocks of 512 bytes), whatever somebody answers: /run is the node's memory.
    ulimit -f 65536 2>/dev/null || :
    ADMIN=$ROOT/etc/kubernetes/admin.conf
    [ -r "$ADMIN" ] ||
        fail 71 "no /etc/kubernetes/admin.conf; expected a control-plane node with kubeadm's: the cluster is looked at with it; next: give another node role controlPlane; on one that kubeadm did not make: install -m 0600 ADMIN_KUBECONFIG /etc/kubernetes/admin.conf"
    printf '%s\n' "${INVENTORY:?}" >"$WORK/inventory"
}
