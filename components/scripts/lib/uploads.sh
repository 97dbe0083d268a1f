# shellcheck shell=sh
# What uploads leave on a node. Sent behind common.sh, where a `delete` cleans up.

# A run that was killed between an upload and its command leaves a script in /run. Other stacks may be about to run theirs.
remove_uploads() {
    set +f
    rm -f "$ROOT/run/secure-metrics-server.script-"*".${STACK:-none}."*
}
