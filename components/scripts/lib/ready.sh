# shellcheck shell=sh
# What the verb `ready` of a script is made of: all that it lacks on this node, at once. Reads only. Sent behind common.sh.

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
