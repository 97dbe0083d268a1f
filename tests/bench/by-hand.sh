#!/usr/bin/env bash
# shellcheck shell=bash
# The SSH steps of a `pulumi up`, one after the other, by hand: by-hand.sh FOLDER create|delete
#
# FOLDER/steps has one line a step: its name, the user, the host and the port. FOLDER/NAME.create and FOLDER/NAME.delete are
# command lines (a step without one is left out), FOLDER/NAME.stdin is the script; FOLDER/key logs in, FOLDER/known_hosts
# pins the host keys.
set -euo pipefail

folder=$1 verb=$2

step() { # NAME USER HOST PORT
    [ -f "$folder/$1.$verb" ] || return 0
    ssh -i "$folder/key" -p "$4" -o BatchMode=yes -o IdentitiesOnly=yes -o LogLevel=ERROR \
        -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$folder/known_hosts" \
        "$2@$3" "$(cat "$folder/$1.$verb")" <"$folder/$1.stdin"
}

if [ "$verb" = create ]; then
    cat "$folder/steps"
else
    tac "$folder/steps"
fi >"$folder/order"
while read -r name user host port <&3; do
    step "$name" "$user" "$host" "$port"
done 3<"$folder/order"
