# shellcheck shell=sh
# The approver's systemd units, and how its files are written. Sent in front of installer.sh.

service_text() {
    cat <<UNIT
[Unit]
Description=Approve kubelet-serving certificate requests that match the inventory (secure-metrics-server)
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart=/bin/sh /var/lib/secure-metrics-server/approver/approver.sh run
# 75: another run is active; 143: it was stopped.
SuccessExitStatus=75 143
TimeoutStartSec=2100
TimeoutStopSec=45
Environment=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin
RuntimeDirectory=secure-metrics-server
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes
UMask=0077
Nice=5
# A flood of requests must not take the memory or the processors of the control plane.
MemoryMax=1G
CPUQuota=50%
OOMPolicy=continue
CapabilityBoundingSet=CAP_DAC_READ_SEARCH
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
# It has a credential of its own, and whoever took it over shall find no better one.
InaccessiblePaths=-/etc/kubernetes/admin.conf -/etc/kubernetes/super-admin.conf -/etc/kubernetes/controller-manager.conf
InaccessiblePaths=-/etc/kubernetes/scheduler.conf -/etc/kubernetes/pki/etcd -/etc/kubernetes/pki/ca.key -/etc/kubernetes/pki/sa.key
InaccessiblePaths=-/etc/kubernetes/pki/apiserver-kubelet-client.key -/etc/kubernetes/pki/apiserver-etcd-client.key
InaccessiblePaths=-/etc/kubernetes/pki/front-proxy-ca.key -/etc/kubernetes/pki/front-proxy-client.key -/var/lib/etcd
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
UNIT
}

# OnActiveSec is for a fresh boot: OnUnitInactiveSec counts from a run, and there was none.
timer_text() {
    cat <<UNIT
[Unit]
Description=Look for kubelet-serving certificate requests every $INTERVAL s (secure-metrics-server)

[Timer]
OnActiveSec=$INTERVAL
OnUnitInactiveSec=$INTERVAL
AccuracySec=1s

[Install]
WantedBy=timers.target
UNIT
}

# Writes stdin to a file, whole or not at all, and only if that changes it; prints the path if it did.
put() { # FILE MODE
    new=${1%/*}/.${1##*/}.new
    cat >"$WORK/content"
    if cmp -s "$WORK/content" "$1" && [ "$(mode_of "$1")" = "$2" ]; then return 0; fi
    if { cp "$WORK/content" "$new" && chmod "$2" "$new" && mv -f "$new" "$1"; } 2>/dev/null; then
        printf '%s\n' "$1"
    else
        rm -f "$new"
        fail 73 "cannot write ${1#"$ROOT"}; expected a writable directory; next: df ${1%/*}"
    fi
}

mode_of() {
    listing=$(ls -ld "$1")
    case $listing in
        -rwxr-xr-x*) echo 0755 ;;
        -rw-r--r--*) echo 0644 ;;
        -rw-------*) echo 0600 ;;
    esac
}

# Directories are root's and not writable for others, whatever the umask was when they appeared.
make_directory() {
    if mkdir -p "$1" && chmod "$2" "$1"; then return 0; fi 2>/dev/null
    fail 73 "cannot create ${1#"$ROOT"}; expected it writable; next: df ${1%/*}"
}

# systemctl with a limit: a hanging manager must not hang the roll-out.
service() {
    if timeout 60 systemctl "$@" </dev/null >"$WORK/systemctl" 2>&1; then return 0; fi
    complaint=$(head -n 1 "$WORK/systemctl" | cut -c 1-200)
    fail 73 "systemctl $1 failed: $complaint; expected it to work; next: systemctl status $NAME.timer"
}

unit_is() { timeout 60 systemctl "is-$1" --quiet "$2" </dev/null >/dev/null 2>&1; }
