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
#  78  the script is not on the node
#  79  the script on the node is not the one that was sent, or not root's alone

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
    # What the loader ran from there was for this run.
    rm -f "$ROOT/run/secure-metrics-server.run-$$" 2>/dev/null || :
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

# --- a look before the first change: everything that is in the way, instead of the first of it -----------------------------

begin_ready() {
    require_root
    make_work_directory
    : >"$WORK/problems"
}

# Runs a check that ends in `fail` where something is wrong, and keeps the message.
look() { # COMMAND...
    (
        trap - EXIT
        ON_FAILURE=keep_problem
        "$@"
    ) || :
}

keep_problem() { # EXIT_CODE MESSAGE
    printf '%s\n' "$2" >>"$WORK/problems"
}

nothing_found() {
    [ ! -s "$WORK/problems" ]
}

end_ready() {
    problems=
    while IFS= read -r line; do
        problems="${problems:+$problems,}$(json_string "$line")"
    done <"$WORK/problems"
    result "{\"problems\":[$problems]}"
}

# What is not there yet is made later: so its nearest folder counts. A test of root's for a folder on a read-only mount may say
# yes, the table of mounts does not.
require_writable() { # FOLDER...
    for folder in "$@"; do
        while [ ! -e "$folder" ] && [ "$folder" != "${folder%/*}" ]; do folder=${folder%/*}; done
        if [ ! -w "${folder:-/}" ] || is_mounted_read_only "${folder#"$ROOT"}"; then
            fail 73 "${folder#"$ROOT"} cannot be written (a read-only mount?); expected it writable; next: findmnt -T ${folder#"$ROOT"}"
        fi
    done
}

is_mounted_read_only() { # PATH
    [ -r "$ROOT/proc/self/mounts" ] || return 1
    awk -v path="${1:-/}" '
        {
            inside = ($2 == "/" || path == $2 || index(path, $2 "/") == 1)
            if (inside && length($2) >= longest) { longest = length($2); options = $4 }
        }
        END { exit options !~ /(^|,)ro(,|$)/ }' "$ROOT/proc/self/mounts"
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

# Reads a KubeletConfiguration as a person would and answers with one line: "value <absent|null|true|false>" for the
# top-level key, or "refused <why>". Only what a line editor can change without doubt is accepted. With the third
# argument "effective", settings that make the key ineffective are refused as well.
inspect_yaml() { # FILE KEY [effective]
    awk -v wanted="$2" -v effective="${3:-}" '
        function refuse(why) { if (!refused) print "refused " why; refused = 1; exit }
        function here(why) { refuse(why " in line " NR) }
        function bare(text) {
            if (text ~ /^".*"$/ || text ~ /^\047.*\047$/) return substr(text, 2, length(text) - 2)
            return text
        }
        function is_false(text) { return tolower(text) ~ /^(false|no|off|n)$/ }
        function is_true(text) { return tolower(text) ~ /^(true|yes|on|y)$/ }
        function is_null(text) { return text == "" || text == "~" || tolower(text) == "null" }
        function closes(text,    first, last) {
            first = substr(text, 1, 1); last = substr(text, length(text), 1)
            if (first == "{") return last == "}"
            if (first == "[") return last == "]"
            if (first == "\"" || first == "\047") return length(text) > 1 && last == first
            return 1
        }
        NR == 1 && substr($0, 1, 3) == "\357\273\277" { refuse("a byte order mark") }
        index($0, "\r") { here("a carriage return (CRLF line ends?)") }
        /^ *\t/ { here("a tab as indentation") }
        /^ *(#|$)/ { next }
        /^%/ { here("a YAML directive") }
        /^---/ {
            if (started || dashes++ || $0 !~ /^--- *(#.*)?$/) here("a second document or content beside ---")
            next
        }
        /^\.\.\./ { here("an end of document") }
        !started && ($0 ~ /^\{/ || $0 ~ /^\[/) { refuse("JSON or a flow mapping instead of a block mapping") }
        !started && /^ / { here("an indented top level") }
        { started = 1 }
        /^ / || /^-( |$)/ {
            if (substr($0, 1, 1) == "-" && !is_null(value)) here("a list that belongs to no key")
            if (key == wanted) here("a value of " wanted " that is not a boolean")
            gates = (key == "featureGates") ? $0 : ""
        }
        !/^ / && !/^-( |$)/ {
            if ($0 !~ /^[A-Za-z][A-Za-z0-9_]*:( |$)/) here("a quoted, odd or unexpected top-level form")
            key = substr($0, 1, index($0, ":") - 1)
            value = substr($0, index($0, ":") + 1)
            sub(/^ +/, "", value)
            if (match(value, /^"[^"]*" +#/) || match(value, /^\047[^\047]*\047 +#/)) value = substr(value, 1, RLENGTH - 1)
            else if (value !~ /^["\047]/) sub(/(^| +)#.*$/, "", value)
            sub(/ +$/, "", value)
            if (key in seen) here("the key " key " a second time")
            if (!closes(value)) here("a value of " key " that spans lines")
            seen[key] = value
            gates = (key == "featureGates") ? value : ""
            if (key == wanted && !is_true(value) && !is_false(value) && !is_null(value))
                here("a value of " wanted " that is not a boolean")
            if (effective && (key == "tlsCertFile" || key == "tlsPrivateKeyFile") && !is_null(bare(value)))
                here(key ", which overrides " wanted)
        }
        effective && gates ~ /RotateKubeletServerCertificate["\047]? *: *["\047]?(false|False|FALSE|no|off)/ {
            here("the feature gate RotateKubeletServerCertificate: false, which overrides " wanted)
        }
        END {
            if (refused) exit
            if (!started) refuse("an empty file")
            if (bare(seen["kind"]) != "KubeletConfiguration") refuse("no top-level kind: KubeletConfiguration")
            if (!(wanted in seen)) print "value absent"
            else if (is_true(seen[wanted])) print "value true"
            else if (is_false(seen[wanted])) print "value false"
            else print "value null"
        }' "$1"
}

# Prints the value of a top-level scalar, nothing if it is absent.
yaml_scalar() { # FILE KEY
    awk -v wanted="$2" '
        index($0, wanted ":") == 1 {
            value = substr($0, length(wanted) + 2)
            sub(/[ \t]+#.*$/, "", value); gsub(/^[ \t]+|[ \t]+$/, "", value)
            if (value ~ /^".*"$/ || value ~ /^\047.*\047$/) value = substr(value, 2, length(value) - 2)
            if (value != "~" && value != "null") print value
            exit
        }' "$1"
}

# Writes a copy of FILE in which the top-level KEY has VALUE ("absent": is not there). Everything else stays byte for
# byte: a comment behind the value, and whether the file ends with a newline.
edit_yaml() { # FILE KEY VALUE NEW_FILE
    newline=
    if [ -z "$(tail -c 1 "$1")" ]; then newline=1; fi
    awk -v key="$2" -v value="$3" -v newline="$newline" '
        function put(text) { printf "%s%s", (count++ ? "\n" : ""), text }
        index($0, key ":") == 1 {
            if (value == "absent") next
            rest = substr($0, length(key) + 2)
            comment = match(rest, / +#/) ? substr(rest, RSTART) : ""
            put(key ": " value comment)
            done = 1
            next
        }
        { put($0) }
        END {
            if (!done && value != "absent") put(key ": " value)
            if (newline && count) printf "\n"
        }' "$1" >"$4" || return 1
    same_but_for_key "$1" "$4" "$2"
}

# The proof that an edit touched nothing else: both files are equal without the key.
same_but_for_key() { # OLD NEW KEY
    awk -v key="$3" 'index($0, key ":") != 1' "$1" >"$WORK/old-without-key" &&
        awk -v key="$3" 'index($0, key ":") != 1' "$2" >"$WORK/new-without-key" &&
        cmp -s "$WORK/old-without-key" "$WORK/new-without-key"
}

# Addresses in one spelling (RFC 5952), one a line, so that they can be compared as text. Reads what OpenSSL prints
# (FD00:0:0:0:0:0:0:5), what /proc prints (32 digits), and any short form; other lines are only made lower case.
canonical_names() {
    awk '
        function shorten(    i, run, start, best, longest, out) {
            longest = 1; best = 0; run = 0
            for (i = 1; i <= 9; i++) {
                if (i < 9 && group[i] == "0") { if (!run++) start = i; continue }
                if (run > longest) { longest = run; best = start }
                run = 0
            }
            out = ""
            for (i = 1; i <= 8; i++) {
                if (i == best) { out = out "::"; i += longest - 1; continue }
                out = out (out == "" || out ~ /::$/ ? "" : ":") group[i]
            }
            return out
        }
        { text = tolower($0) }
        # only an address has a zone
        text ~ /^[0-9a-f]*:[0-9a-f:.]*%/ { sub(/%.*$/, "", text) }
        length(text) == 32 && text ~ /^[0-9a-f]+$/ {
            full = substr(text, 1, 4)
            for (i = 5; i < 32; i += 4) full = full ":" substr(text, i, 4)
            text = full
        }
        text ~ /:/ && text ~ /^[0-9a-f:]+$/ {
            gap = index(text, "::")
            head = gap ? substr(text, 1, gap - 1) : text
            tail = gap ? substr(text, gap + 2) : ""
            heads = split(head, first, ":"); tails = split(tail, second, ":")
            for (i = 1; i <= 8; i++) {
                if (i <= heads) group[i] = first[i]
                else if (gap && i > 8 - tails) group[i] = second[i - 8 + tails]
                else group[i] = "0"
                sub(/^0+/, "", group[i]); if (group[i] == "") group[i] = "0"
            }
            text = shorten()
        }
        text != "" { print text }'
}
