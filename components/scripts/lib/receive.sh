# shellcheck shell=sh
# Puts a script on this node: sh -c TEXT_OF_THIS_FILE receive PLACE SCRIPT BYTES STACK, as root.
#
#   state   in /var/lib/secure-metrics-server/scripts, for as long as a later run may need it
#   run     in /run, for one run of that stack
#
# Says `have` where it lies there already, and otherwise `send`; it then reads that many bytes from standard input and says
# `stored` when they have the digest that SCRIPT (name-digest) ends with. Nothing lies under that name before.

say() {
    printf 'secure-metrics-server: %s\n' "$1"
}

stop() { # EXIT_CODE MESSAGE
    say "error: $2"
    exit "$1"
}

# Only what is root's and what nobody else may write can be trusted a moment later.
must_be_ours() { # DIRECTORY
    case $(stat -c '%A %u' "$1") in
        d????-??-?" $(id -u)") ;;
        *) stop 79 "$1 is not a directory of root's alone; expected no link and no other owner and writer; next: ls -ld $1" ;;
    esac
}

make_directory() {
    if [ ! -e "$1" ] && [ ! -L "$1" ]; then
        # Another upload may be faster.
        mkdir "$1" 2>/dev/null || [ -d "$1" ] || stop 73 "cannot make $1; expected it writable; next: df ${1%/*}"
    fi
    must_be_ours "$1"
}

# An upload that was cut leaves a file that ends with the number of a process that is no more.
remove_leftovers() {
    for left in "$new".*; do
        if [ -e "$left" ] && ! kill -0 "${left##*.}" 2>/dev/null; then rm -f "$left"; fi
    done
}

digest_of() {
    sum=$(sha256sum <"$1" 2>/dev/null) || :
    printf '%s' "${sum%% *}"
}

receive() { # PLACE SCRIPT BYTES STACK
    set -eu
    umask 077
    export LC_ALL=C
    root=${ROOT:-}
    case $1 in
        state)
            directory=$root/var/lib/secure-metrics-server/scripts
            make_directory "${directory%/*}"
            make_directory "$directory"
            file=$directory/$2 new=$directory/.incoming
            ;;
        run)
            # A file for each run, because two runs may need the same script at the same time.
            directory=$root/run
            must_be_ours "$directory"
            file=$directory/secure-metrics-server.script-$2.$4.$$ new=$directory/.secure-metrics-server.incoming
            ;;
        *) stop 64 "place '$1'; expected state or run" ;;
    esac
    remove_leftovers
    if [ -f "$file" ] && [ ! -L "$file" ] && [ "$(digest_of "$file")" = "${2##*-}" ]; then
        touch "$file"
        say have
        return
    fi
    trap 'rm -f "$new.$$"' EXIT
    trap 'exit 75' TERM INT HUP PIPE
    say send
    head -c "$3" >"$new.$$" 2>/dev/null || stop 73 "cannot write to $directory; expected room for $3 bytes; next: df $directory"
    found=$(digest_of "$new.$$")
    [ "$found" = "${2##*-}" ] ||
        stop 75 "$(wc -c <"$new.$$") bytes with SHA-256 $found came; expected $3 with ${2##*-}; next: try again"
    timeout 10 sync "$new.$$" 2>/dev/null || :
    mv -f "$new.$$" "$file" || stop 73 "cannot write $file; expected it writable; next: ls -ld $file"
    say stored
}

receive "$@"
