# shellcheck shell=sh
# Looks, on a control-plane host and before anything is changed, at the API server that runs there: without the aggregation
# layer it cannot ask metrics-server. Looks at the file that metrics-server verifies kubelets with there, too, where one is
# mounted. Sent behind common.sh, ready.sh, processes.sh and ca-file.sh.
#
#   ready   result {"problems":[...]}: what it lacks; reads only
#
# Header: NODE_NAME, KUBELET_CA_FILE (see ca-file.sh).

# Without one of the first five nobody is asked, or nobody is believed. kubeadm sets all seven.
NEEDED="requestheader-client-ca-file requestheader-username-headers requestheader-group-headers proxy-client-cert-file proxy-client-key-file"
ALL="$NEEDED requestheader-allowed-names requestheader-extra-headers-prefix"

main() {
    set -eu
    prepare
    require_tools awk cp cut head id mktemp rm sed tr
    case ${1:-} in
        ready) ready ;;
        *) fail 64 "unknown verb '${1:-}'; expected ready; next: fix the command" ;;
    esac
}

ready() {
    begin_ready
    find_processes kube-apiserver >"$WORK/api-servers"
    look check_aggregation
    look check_ca_file
    end_ready
}

check_ca_file() {
    [ -n "${KUBELET_CA_FILE:-}" ] || return 0
    require_tools grep openssl stat timeout
    problem=$(ca_file_problem)
    [ -z "$problem" ] || fail 71 "$problem"
}

# The folders in /proc of root's processes of that name, in containers, too: kubeadm's API server is one. Anybody may give a
# process a name, but only root runs API servers.
find_processes() { # NAME
    for comm in "$ROOT"/proc/[0-9]*/comm; do
        name=
        { read -r name <"$comm" || :; } 2>/dev/null
        if [ "$name" = "$1" ] && runs_as_root "${comm%/comm}"; then printf '%s\n' "${comm%/comm}"; fi
    done
}

# Where several run (a cluster in containers beside this one), any that has the flags may be the one that is meant.
check_aggregation() {
    found=
    while IFS= read -r process; do
        { tr '\000' '\n' <"$process/cmdline" >"$WORK/arguments" || :; } 2>/dev/null
        # One that has just ended says nothing.
        [ -s "$WORK/arguments" ] || continue
        [ -n "$(lacking_flags "$NEEDED")" ] || return 0
        found=$process
        cp "$WORK/arguments" "$WORK/found"
    done <"$WORK/api-servers"
    [ -n "$found" ] || return 0
    cp "$WORK/found" "$WORK/arguments"
    routing=
    if [ -z "$(find_processes kube-proxy)" ] && [ -n "$(lacking_flags enable-aggregator-routing)" ]; then
        routing=" and, as no kube-proxy runs here, --enable-aggregator-routing=true"
    fi
    fail 71 "the API server ($(unit_of "$found")) runs without$(lacking_flags "$ALL"): the aggregation layer is off; expected these flags$routing, with a CA that signs nothing else; next: https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/"
}

# Which of the flags are not among the arguments, or empty, or false, each behind a space. The API server reads _ as -, and
# takes a value behind = or as the next argument.
lacking_flags() { # FLAGS
    awk -v wanted="$1" '
        flag != "" && !/^--/ { if ($0 != "") set[flag] = 1; flag = ""; next }
        flag != "" { set[flag] = 1; flag = "" }
        /^--/ {
            at = index($0, "=")
            name = at ? substr($0, 3, at - 3) : substr($0, 3)
            gsub(/_/, "-", name)
            value = at ? substr($0, at + 1) : ""
            if (!at) flag = name
            else if (value != "" && value != "false") set[name] = 1
        }
        END {
            if (flag != "") set[flag] = 1
            count = split(wanted, each, " ")
            for (i = 1; i <= count; i++) if (!(each[i] in set)) printf " --%s", each[i]
        }' "$WORK/arguments"
}

# The systemd unit of a process, where it has one that is its own.
unit_of() { # PROCESS
    unit=$(sed -n 's|^[0-9]*:[^:]*:/system\.slice/\([-A-Za-z0-9@._]*\.service\)$|\1|p' "$1/cgroup" 2>/dev/null | head -n 1)
    printf '%s' "${unit:-process ${1##*/}}"
}

main "$@"
