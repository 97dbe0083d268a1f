# shellcheck shell=sh
# Who a process of this host is. Sent behind common.sh.

pid_namespace() { # PROCESS
    readlink "$1/ns/pid" 2>/dev/null || :
}

runs_as_root() { # PROCESS
    while read -r key _ effective _; do
        if [ "$key" = Uid: ]; then
            [ "$effective" = 0 ]
            return
        fi
    done 2>/dev/null <"$1/status"
    return 1
}
