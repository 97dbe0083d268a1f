#!/bin/sh
# rootFileSystem.sh SUITE MIRROR DIRECTORY --include=PACKAGES
# The root file system that all nodes share: Debian, made into a server that nobody has logged in to yet.
set -eu
suite=$1 mirror=$2 root=$3 include=$4

debootstrap --variant=minbase "$include" "$suite" "$root" "$mirror"

chroot "$root" /bin/sh -eu <<'INSIDE'
useradd --create-home --shell /bin/bash --uid 1000 ubuntu
echo 'ubuntu ALL=(ALL) NOPASSWD:ALL' >/etc/sudoers.d/ubuntu
chmod 0440 /etc/sudoers.d/ubuntu

# Each node has a key, an identity and names of its own; see the driver's node/disk.ts.
rm -f /etc/ssh/ssh_host_* /etc/machine-id /var/lib/dbus/machine-id /etc/hostname /etc/resolv.conf
ln -s /etc/machine-id /var/lib/dbus/machine-id

# The kernel's settings and the disks are the machine's; updates and backups have nothing to do here.
systemctl mask systemd-sysctl.service systemd-modules-load.service systemd-pstore.service systemd-remount-fs.service \
    fstrim.timer e2scrub_all.timer e2scrub_reap.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer
systemctl set-default multi-user.target
systemctl enable ssh.service containerd.service

apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/*.log
INSIDE
