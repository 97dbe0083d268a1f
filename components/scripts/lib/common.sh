# shellcheck shell=sh
# Functions that every node script shares. It is sent in front of them and changes nothing by itself.
#
# Exit codes of all scripts, as components/ssh/scriptTable.ts has them:
#   0  ok
#   1  the approver got no answer from the API server
#  64  usage
#  65  refused: configuration not understood, overridden, or another distribution
#  66  not the node it claims to be
#  67  served certificate does not verify
#  68  certificate not issued in time
#  69  kubelet unhealthy after the change, rolled back
#  70  kubelet unhealthy and the roll-back did not cure it
#  71  cluster not suitable
#  72  a needed tool is missing
#  73  cannot write
#  75  locked or interrupted, try again
#  76  conflict, try again
#  77  not root
#  78  the script that was sent is not on the node
#  79  the place for scripts is not root's alone

# Sets up what all scripts rely on: one stream, a stable locale, no proxy, and a cut connection that kills nothing.
prepare() {
    # 8 stays the way out for messages while a block sends its own errors away, also for a trap that fires in there.
    exec 2>&1 </dev/null 8>&1
    trap '' PIPE
    umask 077
    export LC_ALL=C
    unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY CDPATH
    ROOT=${ROOT:-}
    STATE=$ROOT/var/lib/secure-metrics-server
    WORK=
    trap 'remove_work_directory' EXIT
    # A shell that a signal ends runs no trap of its end, and would leave what it worked with.
    trap 'fail 75 "interrupted by a signal; expected to finish; next: try again"' TERM INT HUP
    if [ -z "${NODE_NAME:-}" ]; then
        NODE_NAME=$(hostname 2>/dev/null) || NODE_NAME=node
        fail 64 "no node name; expected NODE_NAME in the header; next: compose the script with its header"
    fi
}

# Writes a line for people. It never fails, even when nobody listens any more.
log() {
    send "$NODE_NAME: $1" 4000
}

# The last net: whatever leaves the script is one line of printable ASCII, without markup of the Pulumi CLI, and cut.
send() { # LINE LENGTH
    sent=$1
    case $1 in
        *[!\ -~]* | *'<{%'* | *'%}>'*) sent= ;;
        *) [ "${#1}" -le "$2" ] || sent= ;;
    esac
    if [ -z "$sent" ]; then sent=$(printf '%s' "$1" | cut_line "$2" 2>/dev/null) || sent=; fi
    printf '%s\n' "${sent:-$NODE_NAME: a line that cannot be shown without the tools tr, sed and cut}" 2>/dev/null >&8 || :
}

# Makes text harmless: a question mark for each byte that a terminal might obey, and a space in the colour markup of the
# Pulumi CLI, which ends in a panic when it does not know a colour. Lines stay lines.
inert() {
    tr -c '\n -~' '?' | sed -e 's/<{%/<{ %/g' -e 's/%}>/% }>/g'
}

cut_line() { # LENGTH
    tr '\n' ' ' | cut -c 1-"$1" | inert
}

# What others wrote, as one word of a message of ours: harmless, cut, and in quotes, so that it never looks like our advice.
quoted() { # TEXT [LENGTH]
    printf '"%s"' "$(printf '%s' "$1" | cut_line "${2:-300}" | sed 's/["\\]/\\&/g')"
}

# Ends the script with one line that says what was found, what was expected and what to do.
fail() { # EXIT_CODE MESSAGE
    "${ON_FAILURE:-report_failure}" "$1" "$2"
    exit "$1"
}

report_failure() { # EXIT_CODE MESSAGE
    log "error: $2"
}

# Copies lines that others wrote from standard input to the log, behind a bar that tells them from ours, and cut to a length
# that survives every transport.
log_lines() {
    cut -c 1-400 2>/dev/null | inert 2>/dev/null | awk -v node="$NODE_NAME" '{ print node ":   | " $0 }' 2>/dev/null >&8 || :
}

# Prints the one machine-readable line.
result() {
    send "$1" 65536
}

now() {
    date +%s
}

pause() {
    sleep "${POLL_SECONDS:-1}"
}

has() { # TOOL
    command -v "$1" >/dev/null 2>&1
}

# Names what is missing before anything is changed.
require_tools() {
    missing=
    for tool in "$@"; do
        has "$tool" || missing="$missing $tool"
    done
    [ -z "$missing" ] || fail 72 "missing tools:$missing; expected them in PATH=$PATH; next: install them on the node"
}

require_root() {
    user=$(id -u)
    [ "$user" = 0 ] || fail 77 "runs as user id $user; expected root; next: run it with sudo"
}

# Scratch files live in /run: always writable, and gone after a reboot.
make_work_directory() {
    mkdir -p "$ROOT/run" 2>/dev/null || :
    WORK=$(mktemp -d "$ROOT/run/secure-metrics-server.XXXXXX" 2>/dev/null) ||
        fail 73 "cannot create a directory in /run; expected it writable; next: df /run"
}

remove_work_directory() {
    [ -z "$WORK" ] || rm -rf "$WORK"
}

# One run at a time on a node: an orphaned run may overlap the next one.
take_lock() {
    lock_file=$ROOT/run/secure-metrics-server.lock
    (: >>"$lock_file") 2>/dev/null || fail 73 "cannot write /run/secure-metrics-server.lock; expected it writable; next: df /run"
    exec 9>>"$lock_file"
    flock -w "${LOCK_TIMEOUT:-60}" 9 ||
        fail 75 "another run holds /run/secure-metrics-server.lock; expected it free within ${LOCK_TIMEOUT:-60} s; next: try again"
}

release_lock() {
    exec 9>&-
}

sha256_of() {
    sum=$(sha256sum <"$1") || return 1
    printf '%s\n' "${sum%% *}"
}

# Makes a file survive a power cut before the next step relies on it; best effort where sync takes no names.
flush() {
    timeout 10 sync "$@" 2>/dev/null || timeout 10 sync 2>/dev/null || :
}

# State is written whole or not at all.
write_state() { # NAME TEXT
    {
        mkdir -p "$STATE" && chmod 0700 "$STATE" &&
            printf '%s\n' "$2" >"$STATE/.$1.new" && mv -f "$STATE/.$1.new" "$STATE/$1"
    } 2>/dev/null || fail 73 "cannot write ${STATE#"$ROOT"}; expected it writable; next: df /var/lib"
    flush "$STATE/$1"
}

read_state() { # NAME
    if [ -f "$STATE/$1" ]; then sed -n 1p "$STATE/$1"; fi
}

forget_state() { # NAME...
    for name in "$@"; do
        if [ -e "$STATE/$name" ] || [ -e "$STATE/.$name.new" ]; then rm -f "$STATE/$name" "$STATE/.$name.new"; fi
    done
}

# Prints a file as a JSON string, which has every byte of it. The sentinel makes a missing final newline visible to awk.
json_file() {
    { cat "$1" && printf '\001'; } | awk '
        function put(text,    i, c) {
            for (i = 1; i <= length(text); i++) {
                c = substr(text, i, 1)
                printf "%s", (c in escaped) ? escaped[c] : c
            }
        }
        BEGIN {
            for (i = 1; i < 32; i++) escaped[sprintf("%c", i)] = sprintf("\\u%04x", i)
            # Neither a terminal nor the Pulumi CLI finds markup in it.
            escaped["<"] = "\\u003c"; escaped[">"] = "\\u003e"
            escaped["\t"] = "\\t"; escaped["\r"] = "\\r"; escaped["\""] = "\\\""; escaped["\\"] = "\\\\"
            printf "\""
        }
        NR > 1 { put(held); printf "\\n" }
        { held = $0 }
        END { put(substr(held, 1, length(held) - 1)); printf "\"" }'
}

json_string() {
    case $1 in
        *[!-A-Za-z0-9./:_]*)
            printf '%s' "$1" >"$WORK/json-string"
            json_file "$WORK/json-string"
            ;;
        *) printf '"%s"' "$1" ;;
    esac
}

# Prints its arguments as a JSON list of strings.
json_list() {
    separator=
    printf '['
    for item in "$@"; do
        printf '%s%s' "$separator" "$(json_string "$item")"
        separator=,
    done
    printf ']'
}
