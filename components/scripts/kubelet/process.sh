# shellcheck shell=sh
# Which kubelet runs on this node, with which configuration, and as which Node. Sent behind common.sh and processes.sh.

# --- the running kubelet ---------------------------------------------------------------------------------------------

# Asks systemd once and sets LOAD_STATE, MAIN_PID, RESTARTS and STARTED.
read_unit() {
    LOAD_STATE=unknown MAIN_PID=0 RESTARTS=0 STARTED=unknown
    timeout 10 systemctl show -p LoadState -p MainPID -p NRestarts -p ExecMainStartTimestampMonotonic kubelet >"$WORK/unit" 2>/dev/null || :
    while IFS='=' read -r name value; do
        case $name=$value in
            MainPID=*[!0-9]* | NRestarts=*[!0-9]* | *=) ;;
            LoadState=*) LOAD_STATE=$value ;;
            MainPID=*) MAIN_PID=$value ;;
            NRestarts=*) RESTARTS=$value ;;
            ExecMainStartTimestampMonotonic=*) STARTED=$value ;;
        esac
    done <"$WORK/unit"
}

# Finds the kubelet that runs under systemd and keeps its arguments, one a line. A kubelet that crashes and comes back is
# seldom there to be asked: an interrupted change left its arguments in the state directory.
find_kubelet() {
    deadline=$(($(now) + ${FIND_TIMEOUT:-10}))
    while :; do
        read_unit
        if [ "$MAIN_PID" != 0 ]; then
            { tr '\000' '\n' <"$ROOT/proc/$MAIN_PID/cmdline" >"$WORK/arguments" || :; } 2>/dev/null
            if [ -s "$WORK/arguments" ]; then return 0; fi
        fi
        if [ -s "$STATE/arguments" ] && [ -n "$(read_state pending)" ]; then
            cp "$STATE/arguments" "$WORK/arguments"
            return 0
        fi
        [ "$LOAD_STATE" != not-found ] && [ "$(now)" -lt "$deadline" ] || return 1
        pause
    done
}

# The last value of a flag of the running kubelet, as --flag=value or --flag value; the kubelet reads _ as -.
kubelet_flag() { # NAME [DEFAULT]
    value=${2:-} take=
    while IFS= read -r argument; do
        if [ -n "$take" ]; then
            value=$argument take=
            continue
        fi
        if [ "$argument" = -- ]; then break; fi
        if [ "$(flag_name "$argument")" = "--$1" ]; then
            case $argument in *=*) value=${argument#*=} ;; *) take=1 ;; esac
        fi
    done <"$WORK/arguments"
    printf '%s\n' "$value"
}

# The same for a boolean flag, which takes no separate value: true, false, or nothing if it is absent.
kubelet_switch() { # NAME
    answer=
    while IFS= read -r argument; do
        if [ "$argument" = -- ]; then break; fi
        if [ "$(flag_name "$argument")" = "--$1" ]; then
            case $argument in *=[1tT] | *=[tT][rR][uU][eE]) answer=true ;; *=*) answer=false ;; *) answer=true ;; esac
        fi
    done <"$WORK/arguments"
    printf '%s\n' "$answer"
}

flag_name() { # ARGUMENT
    case ${1%%=*} in
        *_*) printf '%s' "${1%%=*}" | tr _ - ;;
        *) printf '%s' "${1%%=*}" ;;
    esac
}

# A flag names no file it came from; the places where kubeadm and the packages keep them can be searched.
where_flag_is() { # FLAG
    places=
    for file in /var/lib/kubelet/kubeadm-flags.env /etc/default/kubelet /etc/sysconfig/kubelet; do
        if grep -q -e "$1" "$ROOT$file" 2>/dev/null; then places="${places:+$places, }$file"; fi
    done
    printf '%s' "${places:-the unit (systemctl cat kubelet)}"
}

refuse_flag() { # FLAG AS_FOUND
    fail 65 "the kubelet runs with $2, from $(where_flag_is "$1"), which overrides its configuration file; expected no such flag; next: remove it there, then systemctl restart kubelet"
}

# Other distributions issue kubelet certificates themselves, or have no file to edit. A live process decides, unless it runs
# in a container (a cluster inside of this one); files decide only where no kubelet.service runs, since they outlive an
# uninstalled distribution.
refuse_other_distributions() { # [with-files]
    set +f
    for comm in "$ROOT"/proc/[0-9]*/comm; do
        name=
        { read -r name <"$comm" || :; } 2>/dev/null
        case $name in
            k3s | k3s-server | k3s-agent) other=k3s ;;
            rke2 | rke2-server | rke2-agent) other=RKE2 ;;
            k0s) other=k0s ;;
            kubelite) other=microk8s ;;
            *) continue ;;
        esac
        # Anybody may give a process a name; what runs kubelets is root's.
        runs_as_root "${comm%/comm}" || continue
        if [ "$(pid_namespace "${comm%/comm}")" = "$(pid_namespace "$ROOT/proc/self")" ]; then
            refuse_distribution "$other" "the process $name runs"
        fi
    done
    set -f
    [ "${1:-}" = with-files ] || return 0
    if grep -qi '^ID="*talos' "$ROOT/etc/os-release" 2>/dev/null; then refuse_distribution Talos "/etc/os-release says so"; fi
    while read -r other evidence; do
        if [ -e "$ROOT$evidence" ]; then refuse_distribution "$other" "$evidence exists"; fi
    done <<END
RKE2 /etc/rancher/rke2
RKE2 /var/lib/rancher/rke2
k3s /etc/rancher/k3s
k3s /var/lib/rancher/k3s
k0s /etc/k0s
k0s /var/lib/k0s
microk8s /var/snap/microk8s
END
}

refuse_distribution() { # NAME EVIDENCE
    case $1 in
        k3s | RKE2) next="it signs its kubelets' certificates itself, see https://docs.k3s.io/cli/certificate" ;;
        k0s) next="it sets serverTLSBootstrap itself, see https://docs.k0sproject.io" ;;
        microk8s) next="see https://microk8s.io/docs/services-and-ports" ;;
        *) next="set machine.kubelet.extraArgs.rotate-server-certificates, see https://docs.siderolabs.com/talos" ;;
    esac
    fail 65 "this node runs $1 ($2); expected a kubeadm-style kubelet.service; next: $next; use MetricsServer alone"
}

# Sets CONFIG, CERT_DIR, KUBECONFIG, PORT … from what the running kubelet was started with.
read_kubelet() {
    if ! find_kubelet; then
        refuse_other_distributions with-files
        [ "$LOAD_STATE" != not-found ] ||
            fail 65 "this host has no kubelet.service; expected one, as every Node has; next: kubectl get nodes; a control plane that it does not list (kubeadm did not make it) is no Node: take it out of nodes, and where no control plane is left there, set csrApproval.mode to external or controller"
        fail 65 "kubelet.service is not running; expected a running kubelet; next: systemctl status kubelet"
    fi
    refuse_other_distributions
    CONFIG_NAME=$(kubelet_flag config)
    case $CONFIG_NAME in
        /*) ;;
        *) fail 65 "the kubelet runs with --config=$(quoted "$CONFIG_NAME"); expected an absolute path; next: systemctl cat kubelet" ;;
    esac
    if [ ! -e "$ROOT$CONFIG_NAME" ]; then
        fail 65 "$CONFIG_NAME does not exist; expected the kubelet's configuration; next: ls -l $CONFIG_NAME"
    fi
    CONFIG=$(readlink -f "$ROOT$CONFIG_NAME") || CONFIG=
    if [ ! -f "$CONFIG" ] || [ ! -r "$CONFIG" ]; then
        fail 65 "$CONFIG_NAME is not a readable regular file; expected one; next: ls -lL $CONFIG_NAME"
    fi
    CERT_DIR=$ROOT$(kubelet_flag cert-dir /var/lib/kubelet/pki)
    KUBECONFIG_NAME=$(kubelet_flag kubeconfig)
    read_endpoints
}

# Where the kubelet listens: a flag wins over the file, the file over the default.
read_endpoints() {
    PORT=$(kubelet_flag port "$(yaml_scalar "$CONFIG" port)")
    ADDRESS=$(kubelet_flag address "$(yaml_scalar "$CONFIG" address)")
    HEALTHZ_PORT=$(kubelet_flag healthz-port "$(yaml_scalar "$CONFIG" healthzPort)")
    HEALTHZ_ADDRESS=$(kubelet_flag healthz-bind-address "$(yaml_scalar "$CONFIG" healthzBindAddress)")
    PORT=${PORT:-10250}
    HEALTHZ_PORT=${HEALTHZ_PORT:-10248}
    case $ADDRESS in '' | 0.0.0.0 | ::) ADDRESS=127.0.0.1 ;; esac
    case $HEALTHZ_ADDRESS in '' | 0.0.0.0 | ::) HEALTHZ_ADDRESS=127.0.0.1 ;; esac
    case $ADDRESS in *:*) ADDRESS="[$ADDRESS]" ;; esac
    case $HEALTHZ_ADDRESS in *:*) HEALTHZ_ADDRESS="[$HEALTHZ_ADDRESS]" ;; esac
}

# Flags and drop-ins that would make an edit of the file ineffective.
refuse_overrides() {
    if [ "$(kubelet_switch rotate-server-certificates)" = false ]; then
        refuse_flag rotate-server-certificates --rotate-server-certificates=false
    fi
    for flag in tls-cert-file tls-private-key-file; do
        [ -z "$(kubelet_flag "$flag")" ] || refuse_flag "$flag" "--$flag=$(quoted "$(kubelet_flag "$flag")")"
    done
    case $(kubelet_flag feature-gates) in
        *RotateKubeletServerCertificate=[fF0]*) refuse_flag feature-gates --feature-gates=RotateKubeletServerCertificate=false ;;
    esac
    drop_ins=$(kubelet_flag config-dir)
    [ -n "$drop_ins" ] || return 0
    set +f
    for file in "$ROOT$drop_ins"/*.conf; do
        [ -f "$file" ] || continue
        found=$(awk '!/^ *#/ && match($0, /serverTLSBootstrap|tlsCertFile|tlsPrivateKeyFile|RotateKubeletServerCertificate/) {
            print substr($0, RSTART, RLENGTH); exit }' "$file")
        [ -z "$found" ] || fail 65 "the drop-in $(quoted "${file#"$ROOT"}") sets $found, which overrides $CONFIG_NAME; expected no such drop-in; next: remove $found from it"
    done
    set -f
}

# --- identity --------------------------------------------------------------------------------------------------------

# One value from the kubelet's kubeconfig, which has one user and one cluster.
kubeconfig_value() { # KEY
    awk -v wanted="$1:" '
        $1 == wanted || ($1 == "-" && $2 == wanted) {
            value = $NF; gsub(/["\047]/, "", value); print value
            if (++count > 1) exit
        }' "$ROOT$KUBECONFIG_NAME"
}

# Writes the certificates that a kubeconfig holds under KEY (a path) or KEY-data (base64) to a file, never a key.
kubeconfig_certificates() { # KEY FILE
    if [ -z "$KUBECONFIG_NAME" ] || [ ! -r "$ROOT$KUBECONFIG_NAME" ]; then return 1; fi
    data=$(kubeconfig_value "$1-data")
    path=$(kubeconfig_value "$1")
    case "$data$path" in *'
'*) return 1 ;; esac
    case $path in '' | /*) ;; *) path=${KUBECONFIG_NAME%/*}/$path ;; esac
    if [ -n "$data" ]; then
        printf '%s' "$data" | openssl base64 -d -A
    elif [ -n "$path" ]; then
        cat "$ROOT$path"
    fi 2>/dev/null | only_certificates >"$2"
    [ -s "$2" ]
}

# The addresses of this host, in canonical form, one a line.
host_addresses() {
    if has ip; then
        ip -o addr show | awk '$3 == "inet" || $3 == "inet6" { sub(/\/.*/, "", $4); print $4 }'
    else
        awk '/\|--/ { address = $2 } / host LOCAL/ { print address }' "$ROOT/proc/net/fib_trie"
        if [ -r "$ROOT/proc/net/if_inet6" ]; then awk '{ print $1 }' "$ROOT/proc/net/if_inet6"; fi
    fi 2>/dev/null | canonical_names | sort -u
}

# An inventory that is wrong by one line must not change another machine.
require_identity() {
    kubeconfig_certificates client-certificate "$WORK/client.pem" ||
        fail 66 "no client certificate in $(quoted "${KUBECONFIG_NAME:---kubeconfig}"); expected that of system:node:$NODE_NAME; next: check that the node has joined the cluster"
    subject=$(openssl x509 -in "$WORK/client.pem" -noout -subject -nameopt esc_2253,utf8,sname,sep_multiline 2>/dev/null |
        sed -n 's/^ *CN *= *//p') || :
    [ "$subject" = "system:node:$NODE_NAME" ] ||
        fail 66 "this host's kubelet is $(quoted "$subject"); expected 'system:node:$NODE_NAME'; next: check the host of $NODE_NAME in the inventory"
    host_addresses >"$WORK/host-addresses"
    printf '%s\n' "$NODE_ADDRESSES" | tr ' ' '\n' | canonical_names >"$WORK/allowed"
    printf '%s\n' "$NODE_NAME" | canonical_names >>"$WORK/allowed"
    awk 'NR == FNR { here[$0] = 1; next } $0 in here' "$WORK/host-addresses" "$WORK/allowed" >"$WORK/own-addresses"
    [ -s "$WORK/own-addresses" ] ||
        fail 66 "this host has the addresses $(quoted "$(cat "$WORK/host-addresses")" 500); expected one of: $NODE_ADDRESSES; next: check the addresses of $NODE_NAME in the inventory"
}
