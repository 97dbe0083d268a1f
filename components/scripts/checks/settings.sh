# shellcheck shell=sh
# What the settings of metrics-server ask of the cluster. Sent behind cluster.sh and ca-file.sh, before preflight.sh.
# Header: ADDRESS_TYPES (the types of addresses at which kubelets are asked, default InternalIP), PLACEMENT ("controlPlane" where
# the pods run on control planes only), REQUEST_HEADER_CA and REQUEST_HEADER_NAMES (PEM and common names, where metrics-server is
# told whom to believe instead of asking), KUBELET_CA_FILE (see ca-file.sh).

check_settings() {
    check_placement
    problem=$(ca_file_problem)
    [ -z "$problem" ] || finding "$problem"
}

# Without a Node to run on, the pods would stay Pending until the run gives up.
check_placement() {
    [ "${PLACEMENT:-}" = controlPlane ] || return 0
    labels='node-role.kubernetes.io/control-plane=,kubernetes.io/os=linux'
    kube_into "$WORK/places" "$ONE_LIST" get nodes -l "$labels" -o go-template='{{range .items}}{{"one\n"}}{{end}}' ||
        fail 71 "cannot list control planes: $(complaint)"
    [ -s "$WORK/places" ] ||
        finding "metricsServer.placement is controlPlane, and no Node has the labels $labels; expected one where the pods can run; next: kubectl label node NAME node-role.kubernetes.io/control-plane=, or remove placement"
}

# The API server shows this certificate to metrics-server, which is told by the program whom to believe.
check_request_header() { # CERTIFICATE
    shown=${1#"$ROOT"}
    printf '%s\n' "$REQUEST_HEADER_CA" >"$WORK/request-header.pem"
    if ! timeout 10 openssl verify -no-CApath -no-CAstore -purpose sslclient -partial_chain -CAfile "$WORK/request-header.pem" "$1" >/dev/null 2>&1; then
        finding "$shown was not issued by metricsServer.requestHeader.clientCa ($(quoted "$(describe_certificate "$WORK/request-header.pem")")); expected it to: metrics-server would answer 401; next: set clientCa to what is in /etc/kubernetes/pki/front-proxy-ca.crt"
        return 0
    fi
    name=$(common_name "$1")
    case " ${REQUEST_HEADER_NAMES:-} " in
        *" $name "*) ;;
        *) finding "$shown is for $(quoted "$name"), and metricsServer.requestHeader.allowedNames has $(quoted "${REQUEST_HEADER_NAMES:-}"); expected it among them: metrics-server would answer 401; next: add it to allowedNames" ;;
    esac
}
