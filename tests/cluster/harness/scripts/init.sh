#!/bin/sh
# The first process of a node, in namespaces of its own, until systemd takes its place. From the environment:
#   NODE_DIRECTORY  the node's disk on the machine: upper, work, root, containerd, kubelet
#   NODE_LOG        the node's log on the machine
#   LOWER           what all nodes share, as overlay's lowerdir
#   CGROUP_V1       version 1 controllers, one word a hierarchy (cpu,cpuacct is one); empty on version 2
#   CGROUP_V2       the version 2 hierarchy: unified beside version 1, only by itself, none
# All mounts are made here, in the node's mount namespace: they are gone when its last process is, whatever became of the
# driver.
set -eu

# The driver says go as soon as the network interface is there. End of file: the driver is dead, so this node dies too.
read -r word
[ "$word" = go ]

mount -t overlay overlay \
    -o "lowerdir=$LOWER,upperdir=$NODE_DIRECTORY/upper,workdir=$NODE_DIRECTORY/work" "$NODE_DIRECTORY/root"
cd "$NODE_DIRECTORY/root"

# containerd puts overlays into its folder, and an overlay's upper layer cannot be on an overlay.
mkdir -p var/lib/containerd var/lib/kubelet
mount --bind "$NODE_DIRECTORY/containerd" var/lib/containerd
mount --bind "$NODE_DIRECTORY/kubelet" var/lib/kubelet
touch var/log/node.log
mount --bind "$NODE_LOG" var/log/node.log

mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
for device in null zero full random urandom tty kmsg; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr

# Routers for their pods; and where the bridge of the pods passes iptables by, a service that leads to a pod of the same node
# would answer from the wrong address.
for switch in ipv4/ip_forward ipv6/conf/all/forwarding bridge/bridge-nf-call-iptables bridge/bridge-nf-call-ip6tables; do
    if [ -e "proc/sys/net/$switch" ]; then
        echo 1 >"proc/sys/net/$switch"
    fi
done

# The kernel's settings are the machine's, but for those of the network: nothing in a node may change them.
mount --bind proc/sys proc/sys
mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,ro proc/sys
if [ -e proc/sysrq-trigger ]; then
    mount --bind proc/sysrq-trigger proc/sysrq-trigger
    mount -o remount,bind,ro proc/sysrq-trigger
fi

# Each hierarchy as the node may see it: its own group is the top.
if [ "$CGROUP_V2" = only ]; then
    mount -t cgroup2 cgroup2 sys/fs/cgroup
else
    mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
    for controllers in $CGROUP_V1; do
        directory=sys/fs/cgroup/${controllers#name=}
        mkdir "$directory"
        case $controllers in
            name=*) mount -t cgroup -o "none,$controllers" cgroup "$directory" ;;
            *,*)
                mount -t cgroup -o "$controllers" cgroup "$directory"
                for controller in $(echo "$controllers" | tr , ' '); do
                    ln -s "$controllers" "sys/fs/cgroup/$controller"
                done
                ;;
            *) mount -t cgroup -o "$controllers" cgroup "$directory" ;;
        esac
    done
    if [ "$CGROUP_V2" = unified ]; then
        mkdir sys/fs/cgroup/unified
        mount -t cgroup2 cgroup2 sys/fs/cgroup/unified
    fi
fi

mkdir run/machine
pivot_root . run/machine
cd /
umount -l /run/machine
rmdir /run/machine
# Volumes and secrets that the kubelet mounts must show up in containers.
mount --make-rshared /

exec chroot . /usr/bin/env -i container=secure-metrics-server-cluster \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd </dev/null
