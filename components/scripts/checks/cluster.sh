# shellcheck shell=sh
# What the read-only checks of the whole cluster share. Sent behind common.sh, to a control-plane node.

NAMESPACE=kube-system
APISERVICE=v1beta1.metrics.k8s.io

# Everything that a check needs, named before it starts. Leaves the inventory in $WORK/inventory.
prepare_check() {
    prepare
    require_root
    require_tools awk cut date grep head kubectl openssl sed tail timeout tr wc
    make_work_directory
    ADMIN=$ROOT/etc/kubernetes/admin.conf
    [ -r "$ADMIN" ] ||
        fail 71 "no /etc/kubernetes/admin.conf; expected a control-plane node that kubeadm made; next: give another node role controlPlane"
    printf '%s\n' "${INVENTORY:?}" >"$WORK/inventory"
}

# kubectl with a bound on every call.
kube() {
    HOME=$WORK KUBERC=off timeout 30 kubectl --kubeconfig="$ADMIN" --cache-dir="$WORK/cache" --request-timeout=15s \
        "$@" </dev/null
}

names() {
    awk 'NF { print $1 }' "$WORK/inventory"
}

count_of_nodes() {
    names | wc -l | tr -d ' '
}

# What others wrote, fit for a log: a question mark for each byte that a terminal might obey or a transport refuse.
printable() {
    tr -c '\n -~' '?'
}

one_line() { # LENGTH
    head -n 1 | printable | cut -c 1-"$1"
}

# What kubectl complained about; one that was stopped says nothing.
complaint() {
    complaint_in "$WORK/error"
}

complaint_in() { # FILE
    said=$(one_line 300 <"$1")
    printf '%s\n' "${said:-no answer in time}"
}

# Subject, issuer and SHA-256 of the first certificate in a file.
describe_certificate() { # FILE
    timeout 10 openssl x509 -in "$1" -noout -subject -issuer -fingerprint -sha256 2>/dev/null >"$WORK/print" || return 1
    tr '\n' ' ' <"$WORK/print"
}
