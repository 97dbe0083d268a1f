# shellcheck shell=sh
# Installs the approver (approver.sh), its inventory and its timer on a control-plane node; removes or reports them.
# Sent after common.sh and after a generated function `approver_text`, which prints approver.sh.
#
#   install    result {"changed":bool,"interval":60,"nodes":3}
#   uninstall  result {"changed":bool,"remaining":0}: inventories of other stacks keep the approver
#   status     result {"installed":bool,"current":bool,"active":bool,"interval":60,"nodes":3,"lastResult":"success",
#              "inSync":bool,"causes":[…],"digest":"8c0bc4f1"}, read-only; current means that every file is what install
#              would write, inSync that everything is as the last install left it
#
# Header: INSTANCE (file name of this inventory), INVENTORY (a line a node: its name, then what its certificate may
# carry), INTERVAL (seconds between two looks, default 60), EXPECT (seconds after an install in which requests are
# looked for every second, default 300).

# Where everything is. Only these paths are ever written or removed.
set_paths() {
    LIBRARY=$ROOT/usr/local/lib/secure-metrics-server
    SETTINGS=$ROOT/etc/secure-metrics-server
    INVENTORIES=$SETTINGS/csr-inventory.d
    SUMS=$LIBRARY/${INSTANCE:-none}.sha256
    UNITS=$ROOT/etc/systemd/system
    RUNTIME=$ROOT/run/secure-metrics-server
    NAME=secure-metrics-server-csr-approval
}

# The header must be complete and plain before anything is written with its help.
check_header() {
    case ${INSTANCE:-} in
        '' | .* | *[!a-z0-9._-]*)
            fail 64 "INSTANCE is '${INSTANCE:-}'; expected a name of a-z 0-9 . _ -; next: fix the header"
            ;;
    esac
    INTERVAL=${INTERVAL:-60}
    EXPECT=${EXPECT:-300}
    for number in "$INTERVAL" "$EXPECT"; do
        case $number in
            '' | *[!0-9]* | 0* | ??????*)
                fail 64 "INTERVAL or EXPECT is '$number'; expected seconds; next: fix the header"
                ;;
        esac
    done
}

# A line too few is a node whose certificate is never renewed, so what the approver would skip is refused here.
check_inventory() {
    [ -n "${INVENTORY:-}" ] || fail 64 "INVENTORY is empty; expected a line for each node; next: fix the header"
    odd=$(printf '%s\n' "$INVENTORY" |
        awk '!/^[a-z0-9][a-z0-9.-]*( [a-z0-9:][a-z0-9.:-]*)*$/ { print NR; exit }')
    [ -z "$odd" ] ||
        fail 64 "line $odd of INVENTORY is odd; expected '<node> <name or address> ...'; next: fix the header"
}

# The certificates are signed where the API server's admin credential is, and nowhere else.
check_control_plane() {
    [ -r "$ROOT/etc/kubernetes/admin.conf" ] ||
        fail 71 "no /etc/kubernetes/admin.conf; expected a kubeadm control plane; next: check the role of this node"
}

service_text() {
    cat <<UNIT
[Unit]
Description=Approve kubelet-serving certificate requests that match the inventory (secure-metrics-server)
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart=/bin/sh /usr/local/lib/secure-metrics-server/approve-csrs.sh run
# 75: another run is active.
SuccessExitStatus=75
TimeoutStartSec=2100
TimeoutStopSec=45
Environment=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin
RuntimeDirectory=secure-metrics-server
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes
UMask=0077
Nice=5
# A flood of huge requests must not take the memory of the control plane.
MemoryMax=1G
OOMPolicy=continue
CapabilityBoundingSet=CAP_DAC_READ_SEARCH
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
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

write_files() {
    make_directory "$LIBRARY" 0755
    make_directory "$SETTINGS" 0755
    make_directory "$INVENTORIES" 0755
    make_directory "$RUNTIME" 0700
    approver_text | put "$LIBRARY/approve-csrs.sh" 0755
    service_text | put "$UNITS/$NAME.service" 0644
    timer_text | put "$UNITS/$NAME.timer" 0644
    printf '%s\n' "$INVENTORY" | put "$INVENTORIES/$INSTANCE" 0644
    sums | put "$SUMS" 0644
}

# What an install leaves behind, so that status can tell drift from a setting that the program changed.
sums() {
    for file in "$LIBRARY/approve-csrs.sh" "$UNITS/$NAME.service" "$UNITS/$NAME.timer" "$INVENTORIES/$INSTANCE"; do
        sha256_of "$file" 2>/dev/null || echo missing
    done
}

# Shows that the approver can read the cluster and its inventory: else the first notice would be a missing certificate.
try_approver() {
    tries=0
    until ROOT=$ROOT timeout 60 sh "$LIBRARY/approve-csrs.sh" check >"$WORK/check" 2>&1; do
        tries=$((tries + 1))
        if [ "$tries" -ge 3 ]; then
            next="kubectl --kubeconfig /etc/kubernetes/admin.conf get csr"
            fail 71 "the approver's $(tail -n 1 "$WORK/check" | cut -c 1-300); expected it to work; next: $next"
        fi
        pause
    done
}

install() {
    check_header
    check_inventory
    require_tools awk cat chmod cmp cp cut date flock grep head kubectl ls mkdir mktemp mv rm rmdir sh sha256sum sleep \
        systemctl tail timeout tr
    check_control_plane
    take_lock
    write_files >"$WORK/changed"
    name_other_inventories
    try_approver
    if grep -q "/$NAME\." "$WORK/changed"; then service daemon-reload; fi
    if ! unit_is enabled "$NAME.timer" || ! unit_is active "$NAME.timer"; then
        echo timer >>"$WORK/changed"
        service enable --quiet "$NAME.timer"
        service start "$NAME.timer"
    elif grep -q "/$NAME\.timer" "$WORK/changed"; then
        service restart "$NAME.timer"
    fi
    printf '%s\n' $(($(now) + EXPECT)) | put "$RUNTIME/expect" 0644 >/dev/null
    if grep -q -e "^$LIBRARY/approve-csrs.sh" -e "/$NAME\.service" "$WORK/changed"; then
        service restart --no-block "$NAME.service"
    else
        service start --no-block "$NAME.service"
    fi
    changed=false
    [ ! -s "$WORK/changed" ] || changed=true
    # Other stacks may be at another version, and need theirs.
    if ! other_inventories | grep -q .; then keep_newest_scripts; fi
    result "{\"changed\":$changed,\"interval\":$INTERVAL,\"nodes\":$(count_nodes "$INVENTORIES/$INSTANCE")}"
}

# A stack that was renamed, or is gone without a destroy, leaves its inventory, and nobody but a person can tell that from
# another stack on this cluster.
name_other_inventories() {
    other_inventories | while IFS= read -r file; do
        log "warning: the nodes of ${file#"$ROOT"} are approved as well; expected it of another stack on this cluster; next, where that stack is gone or has another name: rm ${file#"$ROOT"}"
    done
}

other_inventories() {
    for file in "$INVENTORIES"/*; do
        if [ "$file" != "$INVENTORIES/$INSTANCE" ] && [ -f "$file" ]; then printf '%s\n' "$file"; fi
    done
}

count_nodes() {
    if [ -f "$1" ]; then grep -c . "$1" || :; else echo 0; fi
}

# Removes only what is there, so that a second time finds nothing to do.
uninstall() {
    check_header
    require_tools grep ls rm rmdir systemctl timeout
    take_lock
    changed=false
    if [ -f "$INVENTORIES/$INSTANCE" ]; then
        rm -f "$SUMS" "$INVENTORIES/$INSTANCE" || fail 73 "cannot remove the inventory; expected it writable; next: df /etc"
        changed=true
    fi
    remaining=0
    for file in "$INVENTORIES"/*; do
        [ ! -e "$file" ] || remaining=$((remaining + 1))
    done
    if [ "$remaining" = 0 ]; then
        remove_approver
        remove_scripts
    fi
    result "{\"changed\":$changed,\"remaining\":$remaining}"
}

remove_approver() {
    if [ -f "$UNITS/$NAME.timer" ]; then service disable --quiet --now "$NAME.timer"; fi
    if [ -f "$UNITS/$NAME.service" ]; then service stop "$NAME.service"; fi
    if [ -f "$UNITS/$NAME.timer" ] || [ -f "$UNITS/$NAME.service" ]; then
        changed=true
        timeout 60 systemctl reset-failed "$NAME.service" "$NAME.timer" </dev/null >/dev/null 2>&1 || :
        rm -f "$UNITS/$NAME.timer" "$UNITS/$NAME.service"
        service daemon-reload
    fi
    rm -f "$LIBRARY/approve-csrs.sh" "$INVENTORIES"/.*.new
    rm -rf "$RUNTIME"
    for directory in "$LIBRARY" "$INVENTORIES" "$SETTINGS"; do
        [ ! -d "$directory" ] || rmdir "$directory" 2>/dev/null ||
            log "left ${directory#"$ROOT"}: it holds other files"
    done
}

# Is what is on disk what this script would write?
same_as() {
    cat >"$WORK/wanted"
    cmp -s "$WORK/wanted" "$1"
}

status() {
    check_header
    require_tools awk cat cmp cut grep ls sha256sum systemctl timeout
    installed=false current=false active=false interval=null
    if [ -f "$LIBRARY/approve-csrs.sh" ] && [ -f "$INVENTORIES/$INSTANCE" ]; then installed=true; fi
    if approver_text | same_as "$LIBRARY/approve-csrs.sh" && service_text | same_as "$UNITS/$NAME.service" &&
        timer_text | same_as "$UNITS/$NAME.timer" && printf '%s\n' "${INVENTORY:-}" | same_as "$INVENTORIES/$INSTANCE"; then
        current=true
    fi
    if unit_is enabled "$NAME.timer" && unit_is active "$NAME.timer"; then active=true; fi
    if [ -f "$UNITS/$NAME.timer" ]; then
        interval=$(awk -F = '$1 == "OnUnitInactiveSec" { print $2 + 0 }' "$UNITS/$NAME.timer")
    fi
    outcome=$(timeout 60 systemctl show -p Result "$NAME.service" </dev/null 2>/dev/null) || outcome=
    nodes=$(count_nodes "$INVENTORIES/$INSTANCE")
    find_drift
    # shellcheck disable=SC2086 # a cause holds no white space
    printf '{"installed":%s,"current":%s,"active":%s,"interval":%s,"nodes":%s,"lastResult":%s,"inSync":%s,"causes":%s,"digest":"%s"}\n' \
        "$installed" "$current" "$active" "${interval:-null}" "$nodes" "$(json_string "${outcome#Result=}")" \
        "$in_sync" "$(json_list $causes)" "$(digest)" >"$WORK/result"
    result "$(cat "$WORK/result")"
}

# Sets in_sync and causes from what the last install left.
find_drift() {
    causes=
    if [ "$installed" = false ]; then
        causes=approver-missing
    elif ! sums | same_as "$SUMS"; then
        causes=approver-changed
    fi
    if [ "$active" = false ]; then causes="$causes approval-timer-inactive"; fi
    if script_is_missing; then causes="$causes script-missing"; fi
    in_sync=true
    [ -z "$causes" ] || in_sync=false
}

# Tells one drift from the next one that looks the same: the files and when the timer went on and off.
digest() {
    {
        sums
        timeout 60 systemctl show -p ActiveEnterTimestamp -p InactiveEnterTimestamp "$NAME.timer" </dev/null 2>/dev/null || :
        ls -lic "$UNITS/$NAME.timer" 2>/dev/null || :
    } >"$WORK/identity"
    sha256_of "$WORK/identity" | cut -c 1-8
}

main() {
    set -eu
    NODE_NAME=${NODE_NAME:-$(uname -n)}
    prepare
    set_paths
    require_root
    make_work_directory
    case ${1:-} in
        install | uninstall | status) "$1" ;;
        *) fail 64 "verb '${1:-}'; expected install, uninstall or status; next: fix the command" ;;
    esac
}

main "$@"
