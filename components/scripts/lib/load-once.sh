# shellcheck shell=sh
# Runs the script that SCRIPT names, which was put into /run for this run, if it is the one that was sent. The bytes are
# compared where nobody but this shell can write, and run from there.
stop() { # MESSAGE
    echo "$NODE_NAME: error: $1; expected the script that was put there a moment before; next: pulumi up, which sends it again"
    exit 78
}
place=$ROOT/run/secure-metrics-server
text=
# Each run has a file of its own, and takes the first that no other one took.
for file in "$place.script-$SCRIPT.$STACK".*; do
    if mv "$file" "$place.run-$$" 2>/dev/null; then
        text=$(cat "$place.run-$$")
        rm -f "$place.run-$$"
        break
    fi
done
[ -n "$text" ] || stop "no $place.script-$SCRIPT"
sum=$(printf '%s\n' "$text" | sha256sum)
[ "${sum%% *}" = "${SCRIPT##*-}" ] || stop "$file has SHA-256 ${sum%% *}, not ${SCRIPT##*-}"
eval "$text"
