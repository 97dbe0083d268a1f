# shellcheck shell=sh
# The scripts that stay on a node, because a later revert needs one of them. Sent behind common.sh.

SCRIPTS=${ROOT:-}/var/lib/secure-metrics-server/scripts

# The files of this script in its place, the newest first. There are none where it was sent on stdin as a whole.
own_scripts() {
    # shellcheck disable=SC2012 # the names are letters, digits and hyphens
    ls -t "$SCRIPTS" 2>/dev/null | awk -v name="${SCRIPT%-*}" '$0 ~ "^" name "-[0-9a-f]+$"'
}

# After a success: the state of a stack may still name the script before this one.
keep_newest_scripts() {
    [ -n "${SCRIPT:-}" ] || return 0
    own_scripts | awk -v current="$SCRIPT" '$0 != current && ++others > 2' | while read -r name; do
        rm -f "$SCRIPTS/$name"
    done
}

# When nothing is left to take back. What an upload left that was cut goes as well; its name ends with the process that made it.
remove_scripts() {
    [ -n "${SCRIPT:-}" ] || return 0
    own_scripts | while read -r name; do rm -f "$SCRIPTS/$name"; done
    set +f
    for left in "$SCRIPTS"/.incoming.*; do
        kill -0 "${left##*.}" 2>/dev/null || rm -f "$left"
    done
    rmdir "$SCRIPTS" "${SCRIPTS%/*}" 2>/dev/null || :
}

# A look for drift: is there what a later revert needs? Nodes of 0.1.0 have no such folder yet.
script_is_missing() {
    [ -n "${SCRIPT:-}" ] && [ -d "$SCRIPTS" ] && [ -z "$(own_scripts)" ]
}
