# shellcheck shell=sh
# Installs the approver, its credential, its inventory and its timer on a control-plane node; removes or reports them.
# Sent after common.sh, a generated function for each of the approver's files (approver_sh_text prints approver.sh),
# credential.sh and units.sh.
#
#   install    result {"changed":bool,"interval":60,"nodes":3}
#   uninstall  result {"changed":bool,"remaining":0}: inventories of other stacks keep the approver
#   ready      result {"problems":[…]}: what install would lack or refuse here, read-only
#   status     result {"installed":bool,"current":bool,"active":bool,"interval":60,"nodes":3,"lastResult":"success",
#              "inSync":bool,"causes":[…],"digest":"8c0bc4f1"}, read-only; current means that every file is what install
#              would write, inSync that everything is as the last install left it and that the last run did not fail
#
# Header: INSTANCE (file name of this inventory), INVENTORY (a line a node: its name, then what its certificate may
# carry), CONTROL_PLANES (the names of those nodes that are), INTERVAL (seconds between two looks, default 60), EXPECT
# (seconds after an install in which requests are looked for every second, default 300).

# Where everything is. Only these paths are ever written or removed.
set_paths() {
    LIBRARY=$STATE/approver
    # What 0.1.0 left, where some systems cannot be written.
    OLD_LIBRARY=$ROOT/usr/local/lib/secure-metrics-server
    CREDENTIAL=$LIBRARY/kubeconfig
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

# What lies in the inventory's file: the nodes, then which of them are control planes, in a line that no node's can be.
inventory_text() {
    printf '%s\n' "${INVENTORY:-}"
    [ -z "${CONTROL_PLANES:-}" ] || printf 'control-planes: %s\n' "$CONTROL_PLANES"
}

# A line too few is a node whose certificate is never renewed, so what the approver would skip is refused here.
check_inventory() {
    [ -n "${INVENTORY:-}" ] || fail 64 "INVENTORY is empty; expected a line for each node; next: fix the header"
    odd=$(printf '%s\n' "$INVENTORY" |
        awk '!/^[a-z0-9][a-z0-9.-]*( [a-z0-9:][a-z0-9.:-]*)*$/ { print NR; exit }')
    [ -z "$odd" ] ||
        fail 64 "line $odd of INVENTORY is odd; expected '<node> <name or address> ...'; next: fix the header"
    case ${CONTROL_PLANES:-} in
        *[!a-z0-9.\ -]*) fail 64 "CONTROL_PLANES is '$CONTROL_PLANES'; expected names of nodes; next: fix the header" ;;
    esac
}

# The certificates are signed where the API server's admin credential is, and nowhere else.
check_control_plane() {
    [ -r "$ROOT/etc/kubernetes/admin.conf" ] ||
        fail 71 "no /etc/kubernetes/admin.conf; expected kubeadm's: the cluster is looked at and the approver's credential made with it; next: correct the role of this node if it is a worker; on a control plane that kubeadm did not make: install -m 0600 ADMIN_KUBECONFIG /etc/kubernetes/admin.conf"
}

# The approver and what it reads: nothing of it runs before the units say so.
write_library() {
    make_directory "$STATE" 0700
    make_directory "$LIBRARY" 0700
    make_directory "$SETTINGS" 0755
    make_directory "$INVENTORIES" 0755
    make_directory "$RUNTIME" 0700
    approver_sh_text | put "$LIBRARY/approver.sh" 0755
    approver_awk_text | put "$LIBRARY/approver.awk" 0644
    request_awk_text | put "$LIBRARY/request.awk" 0644
    reserved_awk_text | put "$LIBRARY/reserved.awk" 0644
    inventory_text | put "$INVENTORIES/$INSTANCE" 0644
}

write_units() {
    service_text | put "$UNITS/$NAME.service" 0644
    timer_text | put "$UNITS/$NAME.timer" 0644
}

# What an install leaves behind, so that status can tell drift from a setting that the program changed.
sums() {
    for file in "$LIBRARY/approver.sh" "$LIBRARY/approver.awk" "$LIBRARY/request.awk" "$LIBRARY/reserved.awk" \
        "$CREDENTIAL" "$UNITS/$NAME.service" "$UNITS/$NAME.timer" "$INVENTORIES/$INSTANCE"; do
        sha256_of "$file" 2>/dev/null || echo missing
    done
}

require_all_tools() {
    require_tools awk cat chmod cmp cp cut date flock grep head kubectl ls mkdir mktemp mv openssl rm rmdir sed sh \
        sha256sum sleep systemctl tail timeout tr
}

install() {
    check_header
    check_inventory
    require_all_tools
    check_control_plane
    take_lock
    [ -e "$INVENTORIES/$INSTANCE" ] || trap 'take_back $?' EXIT
    # The sums come last. Where they are not those of the files, an earlier install may have ended before systemd knew them.
    settled=true
    sums | same_as "$SUMS" || settled=false
    write_library >"$WORK/changed"
    name_other_inventories
    make_credential >>"$WORK/changed"
    write_units >>"$WORK/changed"
    if [ "$settled" = false ] || grep -q "/$NAME\." "$WORK/changed"; then service daemon-reload; fi
    if ! unit_is enabled "$NAME.timer" || ! unit_is active "$NAME.timer"; then
        echo timer >>"$WORK/changed"
        service enable --quiet "$NAME.timer"
        service start "$NAME.timer"
    elif grep -q "/$NAME\.timer" "$WORK/changed"; then
        service restart "$NAME.timer"
    fi
    printf '%s\n' $(($(now) + EXPECT)) | put "$RUNTIME/expect" 0644 >/dev/null
    if [ "$settled" = false ] || grep -q -e "^$LIBRARY/" -e "/$NAME\.service" "$WORK/changed"; then
        service restart --no-block "$NAME.service"
    else
        service start --no-block "$NAME.service"
    fi
    remove_old_library >>"$WORK/changed"
    sums | put "$SUMS" 0644 >>"$WORK/changed"
    changed=false
    [ ! -s "$WORK/changed" ] || changed=true
    trap 'remove_work_directory' EXIT
    # Other stacks may be at another version, and need theirs.
    if ! other_inventories | grep -q .; then keep_newest_scripts; fi
    result "{\"changed\":$changed,\"interval\":$INTERVAL,\"nodes\":$(count_nodes "$INVENTORIES/$INSTANCE")}"
}

# A first install that fails is in no stack's state: a destroy would leave the approver and its credential for ever.
take_back() { # EXIT_CODE
    trap '' TERM INT HUP
    log "taking back what this first install did here"
    rm -f "$SUMS" "$INVENTORIES/$INSTANCE"
    if ! other_inventories | grep -q .; then
        # Each part goes, whatever becomes of the one before.
        ([ -z "$applied" ] || { trap - EXIT && remove_credential; }) >/dev/null || :
        (trap - EXIT && remove_approver) || :
        remove_scripts
    fi
    remove_work_directory
    trap - EXIT
    exit "$1"
}

# What 0.1.0 wrote and the units do not name any more. Another stack's part stays until that stack is updated.
remove_old_library() {
    for file in "$OLD_LIBRARY/approve-csrs.sh" "$OLD_LIBRARY/$INSTANCE.sha256"; do
        [ ! -e "$file" ] || { rm -f "$file" && printf '%s\n' "$file"; }
    done
    [ ! -d "$OLD_LIBRARY" ] || rmdir "$OLD_LIBRARY" 2>/dev/null || :
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
    if [ -f "$1" ]; then grep -v '^control-planes:' "$1" | grep -c . || :; else echo 0; fi
}

# Removes only what is there, so that a second time finds nothing to do. What needs the API server comes first: without it
# nothing is removed.
uninstall() {
    check_header
    require_tools cut flock grep head ls rm rmdir systemctl timeout
    take_lock
    changed=false
    remaining=0
    for file in "$INVENTORIES"/*; do
        [ ! -e "$file" ] || [ "$file" = "$INVENTORIES/$INSTANCE" ] || remaining=$((remaining + 1))
    done
    if [ "$remaining" = 0 ] && is_there; then remove_credential >"$WORK/removed"; fi
    if [ -f "$INVENTORIES/$INSTANCE" ]; then
        rm -f "$SUMS" "$OLD_LIBRARY/$INSTANCE.sha256" "$INVENTORIES/$INSTANCE" ||
            fail 73 "cannot remove the inventory; expected it writable; next: df /etc"
        changed=true
    fi
    if [ "$remaining" = 0 ]; then
        remove_approver
        remove_scripts
    fi
    remove_uploads
    result "{\"changed\":$changed,\"remaining\":$remaining}"
}

# Is anything of it on this node?
is_there() {
    for file in "$LIBRARY" "$INVENTORIES/$INSTANCE" "$UNITS/$NAME.timer" "$UNITS/$NAME.service"; do
        [ ! -e "$file" ] || return 0
    done
    return 1
}

remove_approver() {
    reload=
    if [ -f "$UNITS/$NAME.timer" ]; then service disable --quiet --now "$NAME.timer"; fi
    if [ -f "$UNITS/$NAME.service" ]; then service stop "$NAME.service"; fi
    if [ -f "$UNITS/$NAME.timer" ] || [ -f "$UNITS/$NAME.service" ]; then
        changed=true
        timeout 60 systemctl reset-failed "$NAME.service" "$NAME.timer" </dev/null >/dev/null 2>&1 || :
        rm -f "$UNITS/$NAME.timer" "$UNITS/$NAME.service"
        reload=1
    fi
    if [ -d "$LIBRARY" ]; then
        changed=true
        rm -rf "$LIBRARY"
    fi
    rm -f "$OLD_LIBRARY/approve-csrs.sh" "$INVENTORIES"/.*.new
    rm -rf "$RUNTIME"
    [ ! -d "$STATE" ] || rmdir "$STATE" 2>/dev/null || :
    for directory in "$OLD_LIBRARY" "$INVENTORIES" "$SETTINGS"; do
        [ ! -d "$directory" ] || rmdir "$directory" 2>/dev/null ||
            log "left ${directory#"$ROOT"}: it holds other files"
    done
    [ -z "$reload" ] || service daemon-reload
}

# What keeps install from its work, all at once.
ready() {
    : >"$WORK/problems"
    look check_header
    look check_inventory
    look require_all_tools
    look check_control_plane
    look require_systemd
    look require_writable "$LIBRARY"
    look require_writable "$SETTINGS"
    look require_writable "$UNITS"
    end_ready
}

require_systemd() {
    [ -d "$ROOT/run/systemd/system" ] ||
        fail 71 "systemd does not run here (no /run/systemd/system); expected it: a timer starts the approver; next: set csrApproval.mode to another one"
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
    if [ -f "$LIBRARY/approver.sh" ] && [ -f "$INVENTORIES/$INSTANCE" ]; then installed=true; fi
    if is_current; then current=true; fi
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

is_current() {
    approver_sh_text | same_as "$LIBRARY/approver.sh" && approver_awk_text | same_as "$LIBRARY/approver.awk" &&
        request_awk_text | same_as "$LIBRARY/request.awk" && reserved_awk_text | same_as "$LIBRARY/reserved.awk" &&
        service_text | same_as "$UNITS/$NAME.service" && timer_text | same_as "$UNITS/$NAME.timer" &&
        inventory_text | same_as "$INVENTORIES/$INSTANCE" && [ -s "$CREDENTIAL" ]
}

# Sets in_sync and causes from what the last install left.
find_drift() {
    causes=
    if [ "$installed" = false ]; then
        causes=approver-missing
    elif [ ! -s "$CREDENTIAL" ]; then
        causes=approver-credential-missing
    elif ! sums | same_as "$SUMS"; then
        causes=approver-changed
    fi
    # A credential without its rights, an inventory that is gone, a full disk: what a run cannot do, it ends with.
    case ${outcome#Result=} in '' | success) ;; *) causes="$causes approver-failing" ;; esac
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
    NODE_NAME=${NODE_NAME:-$(uname -n)} applied=''
    prepare
    set_paths
    require_root
    make_work_directory
    case ${1:-} in
        install | uninstall | status | ready) "$1" ;;
        *) fail 64 "verb '${1:-}'; expected install, uninstall, status or ready; next: fix the command" ;;
    esac
}

main "$@"
