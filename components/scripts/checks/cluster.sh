# shellcheck shell=sh
# What the read-only checks of the whole cluster share. Sent behind common.sh and kubectl.sh, to a control-plane node.

NAMESPACE=kube-system
APISERVICE=v1beta1.metrics.k8s.io
# Bytes that one kubelet may answer with, and that a list of the whole cluster may have.
ONE_ANSWER=1048576
ONE_LIST=16777216

kube() {
    bounded_kubectl 30 15 "$ADMIN" "$@"
}

# Keeps what kubectl answers in FILE, and what it complains about in $WORK/error. Fails with 1 where kubectl fails, and with 2
# where there is more than BYTES: the rest is thrown away.
kube_into() { # FILE BYTES ARGUMENT...
    into=$1 bytes=$2
    shift 2
    rm -f "$WORK/answered"
    { kube "$@" 2>"$WORK/error" && : >"$WORK/answered"; } 2>/dev/null | head -c $((bytes + 1)) >"$into" || :
    [ "$(wc -c <"$into")" -le "$bytes" ] || return 2
    [ -e "$WORK/answered" ]
}

# Lists all Nodes into $WORK/nodes: a line with the port of its kubelet for each Node, and a line for each of its addresses. A
# kubelet writes its own Node, so every text is quoted (%+q) and none can pretend to be another field or another line.
#   "w1" TAB port TAB 10250
#   "w1" TAB "InternalIP" TAB "10.0.0.12"
list_nodes() {
    found=0
    # shellcheck disable=SC2016 # variables of the template, not of the shell
    kube_into "$WORK/nodes" "$ONE_LIST" get nodes -o go-template='{{range .items}}{{$n := printf "%+q" .metadata.name}}{{$n}}{{"\tport\t"}}{{with .status.daemonEndpoints}}{{with .kubeletEndpoint}}{{.Port}}{{end}}{{end}}{{"\n"}}{{range .status.addresses}}{{$n}}{{printf "\t%+q\t%+q\n" .type .address}}{{end}}{{end}}' || found=$?
    case $found in
        0) ;;
        2) fail 71 "the list of Nodes has more than $ONE_LIST bytes, most of them of Node $(largest_node); expected less; next: kubectl get node NAME -o yaml; its kubelet writes it" ;;
        *) fail 71 "cannot list nodes: $(complaint)" ;;
    esac
}

# Whose lines take most of the list, quoted.
largest_node() {
    awk -F '\t' '
        { size[$1] += length($0); if (size[$1] > most) { most = size[$1]; name = $1 } }
        END { print name }' "$WORK/nodes" | one_line 100
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
    print=$(timeout 10 openssl x509 -in "$1" -noout -subject -issuer -fingerprint -sha256 2>/dev/null) || return 1
    printf '%s\n' "$print" | tr '\n' ' '
}

# The common name of the first certificate in a file.
common_name() { # FILE
    timeout 10 openssl x509 -in "$1" -noout -subject -nameopt esc_2253,utf8,sname,sep_multiline 2>/dev/null |
        sed -n 's/^ *CN *= *//p' | one_line 200
}
