# shellcheck shell=sh
# Deletes the Secrets that cert-manager leaves when a Certificate of this package goes, from a control-plane node. Sent behind common.sh.
#
#   ensure   shows that a later revert can do so; changes nothing
#   revert   deletes them, when no Certificate of this package keeps them any more
#
# Header: NODE_NAME. Limits: REQUEST_TIMEOUT (20 s), LOCK_TIMEOUT (60 s), POLL_SECONDS (1).

# The labels that this package's Certificates, and nobody else, have cert-manager put on a Secret.
OURS=app.kubernetes.io/part-of=secure-metrics-server,app.kubernetes.io/component=cert-manager-secret
# Of each: its name, its uid, and the Certificate that it was made for.
TEMPLATE='{{range .items}}{{.metadata.name}} {{.metadata.uid}} {{with .metadata.annotations}}{{printf "%+q" (index . "cert-manager.io/certificate-name")}}{{end}}{{"\n"}}{{end}}'

require_everything() {
    require_tools awk cat cut date grep id kubectl mkdir mktemp rm sed sleep tail timeout tr
    require_root
    if [ ! -r "$ROOT/etc/kubernetes/admin.conf" ]; then
        fail 71 "/etc/kubernetes/admin.conf is missing; expected a control-plane node; next: check the role of $NODE_NAME"
    fi
    make_work_directory
}

kube() {
    limit=${REQUEST_TIMEOUT:-20}
    bounded_kubectl $((limit + 10)) "$limit" "$ROOT/etc/kubernetes/admin.conf" "$@" 2>"$WORK/problem"
}

list_secrets() {
    kube get secrets -n kube-system -l "$OURS" -o "go-template=$TEMPLATE" >"$WORK/secrets" ||
        fail 71 "kubectl cannot list Secrets of kube-system: $(quoted "$(cat "$WORK/problem")" 600); expected an answer; next: kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes"
}

ensure() {
    list_secrets
    result "{\"node\":$(json_string "$NODE_NAME"),\"secrets\":$(grep -c . "$WORK/secrets" || :)}"
}

revert() {
    list_secrets
    deleted=0
    while read -r name uid certificate; do
        case $name$uid in *[!-a-z0-9.]*) continue ;; esac
        case $certificate in '"metrics-server"') certificate=metrics-server ;; '"metrics-server-ca"') certificate=metrics-server-ca ;; *) continue ;; esac
        # One that a Certificate still has is somebody's: cert-manager would make it anew.
        if has_certificate "$certificate"; then
            log "Secret kube-system/$name stays, because Certificate $certificate is there"
            continue
        fi
        delete_secret "$name" "$uid"
        deleted=$((deleted + 1))
    done <"$WORK/secrets"
    result "{\"node\":$(json_string "$NODE_NAME"),\"deleted\":$deleted}"
}

# Where cert-manager itself is gone, so are all Certificates.
has_certificate() { # NAME
    if kube get certificates.cert-manager.io -n kube-system "$1" --ignore-not-found -o name >"$WORK/kept"; then
        [ -s "$WORK/kept" ]
        return
    fi
    grep -q 'have a resource type' "$WORK/problem" ||
        fail 71 "kubectl cannot read Certificate kube-system/$1: $(quoted "$(cat "$WORK/problem")" 600); expected an answer; next: kubectl --kubeconfig /etc/kubernetes/admin.conf get certificates -n kube-system"
    return 1
}

# The very one that was listed, and no other of that name.
delete_secret() { # NAME UID
    printf '{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"%s"}}\n' "$2" >"$WORK/options"
    if kube delete --raw "/api/v1/namespaces/kube-system/secrets/$1" -f "$WORK/options" >"$WORK/reply" || grep -q 'NotFound\|not found' "$WORK/problem"; then
        log "deleted Secret kube-system/$1, which cert-manager had left"
    elif grep -q 'Conflict' "$WORK/problem"; then
        log "Secret kube-system/$1 is another one by now, and stays"
    else
        fail 71 "kubectl cannot delete Secret kube-system/$1: $(quoted "$(cat "$WORK/problem")" 600); expected it deleted; next: kubectl delete secret -n kube-system $1"
    fi
}

main() {
    set -euf
    prepare
    require_everything
    case ${1:-} in
        ensure)
            ensure
            keep_newest_scripts
            ;;
        revert)
            revert
            remove_scripts
            remove_uploads
            ;;
        *) fail 64 "unknown verb '${1:-}'; expected ensure or revert; next: see components/scripts/certificates/secrets.sh" ;;
    esac
}

main "$@"
