# shellcheck shell=sh
# Runs the script that SCRIPT names, if it is what was sent.
stop() { # EXIT_CODE MESSAGE
    echo "$NODE_NAME: $2"
    exit "$1"
}

load() {
    own=${ROOT:=}/var/lib/secure-metrics-server
    file=$own/scripts/$SCRIPT
    again="next: mkdir -p $own/scripts, then pulumi up with driftDetection, then this again"
    # One for each run of a check.
    for each in "$ROOT/run/secure-metrics-server.script-$SCRIPT".*; do
        if mv "$each" "$ROOT/run/secure-metrics-server.run-$$" 2>/dev/null; then
            file=$ROOT/run/secure-metrics-server.run-$$
            break
        fi
    done
    if [ ! -e "$file" ]; then
        case $1 in
            revert | uninstall)
                [ -e "$own/${SCRIPT%-*}" ] || [ -e "$ROOT/etc/secure-metrics-server/csr-inventory.d/${INSTANCE:--}" ] ||
                    stop 0 "nothing to take back here
{\"changed\":false}"
                ;;
        esac
        stop 78 "error: no $file; $again"
    fi
    for each in "${file%/*/*}/" "${file%/*}" "$file"; do
        case $(stat -c '%A %u' "$each") in
            [d-]????-??-?" $(id -u)") ;;
            *) stop 79 "error: $each is not root's alone; next: ls -ld $each" ;;
        esac
    done
    sum=$(sha256sum <"$file")
    [ "$sum" = "${SCRIPT##*-}  -" ] || stop 79 "error: $file has SHA-256 $sum, expected ${SCRIPT##*-}; next: rm $file; $again"
    # shellcheck disable=SC1090
    . "$file"
}

load "$@"
