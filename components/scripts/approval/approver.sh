#!/bin/sh
# Approves kubelet-serving certificate requests: only those that are byte for byte what the kubelet of a
# node in the inventory would send. Runs as root on a control plane, from disk, started by a systemd
# timer; so it stands alone, with the awk programs that lie beside it.
#
#   approver.sh run   [--kubeconfig FILE] [--expect SECONDS] [--idle SECONDS] [--limit SECONDS]
#   approver.sh check [--kubeconfig FILE]     prints a verdict for each pending request and approves nothing
#
# A request is neither parsed nor ever denied: the expected one is built from the Node's addresses, each of
# which the inventory must list, and compared around the 64 bytes of the public key. Everything else stays
# pending, with a reason. No value counts that two nodes claim, that is the API server's, or a Service's.
#
# Who sent it. A control plane's request counts only if the API server saw it come with the very certificate
# that this machine's own kubelet uses; of other control planes none is approved here. For a worker the API
# server's word for the name of the sender counts. That leaves open: kube-controller-manager gives whoever has
# a live bootstrap token (kubeadm's lives for 24 h) a client certificate for any node name, of a node that has
# joined or not. With it he can have a serving certificate for a worker of the inventory that is in the
# cluster, for exactly that worker's names and addresses; to use it he must also get that address' traffic.
#
# Exit codes: 0 ok, 1 the API server did not answer, a file of this machine cannot be read, or an approval was
# refused; 64 usage, 65 no inventory, 71 no kubeconfig, 72 a tool is missing, 73 cannot write, 75 another run is active.

# One line to the journal; a closed pipe must not stop an approval.
log() { printf '%s\n' "$*" 2>/dev/null || :; }

fail() {
    code=$1
    shift
    log "error: $*"
    exit "$code"
}

# kubectl without anyone's cache, preferences or patience. A shell that tells of its end by a signal tells nobody.
kube() {
    {
        HOME=$work KUBERC=off timeout 20 kubectl --kubeconfig="$kubeconfig" --cache-dir="$work/cache" \
            --request-timeout=15s "$@" </dev/null 2>"$work/stderr"
    } 2>/dev/null || {
        kube_code=$?
        return "$kube_code"
    }
}

# What kubectl complained about last, on one line and without anything that a terminal could interpret.
complaint() {
    if [ ! -s "$work/stderr" ]; then
        case ${kube_code:-0} in
            124 | 143) echo "kubectl did not finish in time" ;; # by timeout(1), of busybox too
            *) echo "kubectl ended with code ${kube_code:-0} and no message: its answer is too large, or it was killed" ;;
        esac >"$work/stderr"
    fi
    tail -n 1 "$work/stderr" | LC_ALL=C tr -cd ' -~' | cut -c 1-300
}

# Every value is printed as a quoted ASCII string (%+q), so none can fake the tab or the newline that ends a
# field. What is already decided or signed, and the text of what is far too large, never leaves the template.
list_requests() {
    # shellcheck disable=SC2016 # a dollar sign of the template, not of the shell
    kube get "$@" -o go-template='{{range .items -}}
{{if not (or .status.conditions .status.certificate)}}R{{with .metadata -}}
{{printf "\t%+q\t%+q\t%+q\t%+q" .name .uid .resourceVersion .creationTimestamp}}{{end}}{{with .spec -}}
{{printf "\t%+q\t%+q\t" .username .signerName}}{{range .groups}}{{printf "%+q," .}}{{end}}{{"\t" -}}
{{range .usages}}{{printf "%+q," .}}{{end}}{{printf "\t%v\t" .expirationSeconds -}}
{{range $key, $values := .extra}}{{if eq $key "authentication.kubernetes.io/credential-id" -}}
{{range $values}}{{printf "%+q," .}}{{end}}{{end}}{{end}}{{"\t"}}{{with .request -}}
{{$pem := base64decode .}}{{if gt (len $pem) 8192}}{{len $pem}}{{else}}{{printf "%+q" $pem}}{{end}}{{end -}}
{{end}}{{"\n"}}{{end}}{{end}}' >"$work/requests"
}

# All requests; or, where a node has sent so much that they cannot be read in time, the newest of each node. The
# API server's table holds no request bodies, and its lines only choose what is read: they decide nothing.
list_pending() {
    requests=certificatesigningrequests.v1.certificates.k8s.io
    ours=--field-selector=spec.signerName=kubernetes.io/kubelet-serving
    if [ -z "$narrow" ]; then
        if list_requests "$requests" "$ours" --chunk-size=250; then return 0; fi
        reason=$(complaint)
    fi
    kube get "$requests" "$ours" --no-headers >"$work/table" || return 1
    judge newest phase=requests "$work/table" >"$work/newest" || return 1
    [ -n "$narrow" ] || log "cannot read all pending requests ($reason): judging only the newest of each node"
    narrow=${narrow:-new}
    # A second name, if only of a request that does not exist, makes the answer a list.
    # shellcheck disable=SC2046
    list_requests --ignore-not-found "$requests/none" "$requests/none.none" $(cat "$work/newest")
}

# The addresses of the Nodes in "$@" (node/NAME) and which of them are control planes, a label that no kubelet may set;
# and the addresses of the API server, which no node may have.
list_cluster() {
    # shellcheck disable=SC2016 # a dollar sign of the template, not of the shell
    kube get --namespace=default --ignore-not-found service/kubernetes "$@" -o go-template='{{range .items -}}
{{if eq .kind "Node"}}{{printf "N\t%+q" .metadata.name}}{{range .status.addresses -}}
{{printf "\t%+q\t%+q" .type .address}}{{end}}{{"\n"}}{{$name := .metadata.name -}}
{{range $key, $value := .metadata.labels}}{{if eq $key "node-role.kubernetes.io/control-plane" -}}
{{printf "L\t%+q\n" $name}}{{end}}{{end}}{{end -}}
{{if eq .kind "Service"}}S{{range .spec.clusterIPs}}{{printf "\t%+q" .}}{{end}}{{"\n"}}{{end}}{{end}}' >"$work/cluster"
}

# What belongs to this machine, a word and a value a line: the name and the certificate of its kubelet, and every name
# and network that its API server answers to or gives away.
describe_machine() {
    client=$(setting client-certificate "$root/etc/kubernetes/kubelet.conf")
    client=${client:-/var/lib/kubelet/pki/kubelet-client-current.pem}
    manifest=$root/etc/kubernetes/manifests/kube-apiserver.yaml
    serving=$(flag tls-cert-file)
    serving=${serving:-/etc/kubernetes/pki/apiserver.crt}
    {
        echo "client $client"
        timeout 10 openssl x509 -in "$root$client" -noout -subject -nameopt esc_2253,utf8,sname,sep_multiline \
            -fingerprint -sha256 2>/dev/null |
            sed -n -e 's/^ *CN *= *system:node:/own /p' -e 's/^.*Fingerprint *= */credential /p'
        echo "server $(setting server "$kubeconfig")"
        echo "networks $(flag service-cluster-ip-range)"
        timeout 10 openssl x509 -in "$root$serving" -noout -ext subjectAltName 2>/dev/null |
            sed -n -e 's/^ *DNS:/names DNS:/p' -e 's/^ *IP Address:/names IP Address:/p'
    } >"$work/machine"
    grep -q '^names' "$work/machine" || trouble="cannot read the API server's certificate $serving; expected its names"
    [ -z "$trouble" ]
}

# The first plain value of a key in a kubeconfig.
setting() { # KEY FILE
    sed -n "s/^[- ]*$1: *[\"']\{0,1\}\([^\"' ]*\)[\"']\{0,1\} *\$/\1/p" "$2" 2>/dev/null | head -n 1
}

# The value of an option of the API server.
flag() { # NAME
    sed -n "s/^ *- *[\"']\{0,1\}--$1=\([^\"' ]*\)[\"']\{0,1\} *\$/\1/p" "$manifest" 2>/dev/null | head -n 1
}

# Inventory files with a name that installer.sh gives; a copy of an editor is none.
inventory_files() {
    for file in "$inventory"/*; do
        case ${file##*/} in '*' | *[!a-z0-9._-]*) ;; *) printf '%s\n' "$file" ;; esac
    done
}

# Runs one stage over the inventory and the given operands. File names hold no character that a shell would split at.
judge() {
    stage=$1
    shift
    # shellcheck disable=SC2046
    LC_ALL=C awk -F '\t' -f "$here/request.awk" -f "$here/reserved.awk" -f "$here/approver.awk" \
        stage="$stage" phase=inventory $(inventory_files) "$@" </dev/null 2>"$work/stderr"
}

# Leaves the verdicts on all pending requests in $work/verdicts.
examine() {
    trouble=
    list_pending || return 1
    : >"$work/cluster"
    : >"$work/machine"
    judge nodes phase=requests "$work/requests" >"$work/nodes" || return 1
    if [ -s "$work/nodes" ]; then
        describe_machine || return 1
        # shellcheck disable=SC2046
        list_cluster $(cat "$work/nodes") || return 1
    fi
    judge verdicts phase=machine "$work/machine" phase=cluster "$work/cluster" phase=requests "$work/requests" >"$work/verdicts"
}

# Says what is new since the last pass of this or an earlier run, and of a flood only the first lines.
report() {
    grep '^pending' "$work/verdicts" >"$work/pending" || :
    [ -f "$state/pending" ] || : >"$state/pending"
    LC_ALL=C awk -F '\t' 'phase == 1 { old[$0] = 1; next }
        $0 in old { next }
        ++count[$3] <= 10 { print $4 }
        END {
            for (node in count) if (count[node] > 10)
                print count[node] - 10 " more" (node == "-" ? "" : " of " node) " stay pending"
        }' phase=1 "$state/pending" phase=2 "$work/pending" </dev/null
    mv "$work/pending" "$state/pending"
}

# uid and resourceVersion make the API server answer Conflict if this is no longer the request that was judged.
approve() {
    cat >"$work/approval" <<JSON
{"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
 "metadata": {"name": "$1", "uid": "$2", "resourceVersion": "$3"},
 "status": {"conditions": [{"type": "Approved", "status": "True", "reason": "SecureMetricsServerInventory",
  "message": "secure-metrics-server: exactly what the kubelet of $4 would request, all in its inventory: $5"}]}}
JSON
    if kube replace --raw "/apis/certificates.k8s.io/v1/certificatesigningrequests/$1/approval" \
        -f "$work/approval" >/dev/null; then
        log "$1 of $4 approved: $5"
        if is_first "$4"; then more=1; fi
    else
        reason=$(complaint)
        log "$1 of $4 not approved, tried again in the next pass: $reason"
        case $reason in *Conflict* | *NotFound*) ;; *) refused=1 ;; esac
    fi
}

# Is this the first approval for a node within an hour? Only then others may follow, of a roll-out: a node that asks again
# and again does not keep this program running.
is_first() { # NODE
    moment=$(date +%s)
    [ -f "$state/approvals" ] || : >"$state/approvals"
    LC_ALL=C awk -v node="$1" -v moment="$moment" '
        $2 > moment - 3600 && $2 <= moment && "" $1 != "" node { print }
        $2 > moment - 3600 && $2 <= moment && "" $1 == "" node { latest = 1 }
        END { print node, moment; exit latest }' "$state/approvals" >"$work/approvals" && first=0 || first=1
    mv "$work/approvals" "$state/approvals"
    return "$first"
}

# What went wrong, in one line.
problem() {
    printf '%s\n' "error: ${trouble:-cannot read from the API server: $(complaint)}"
}

# One look at everything that is pending.
pass() {
    more='' refused=''
    if ! examine; then
        error=$(problem)
        [ "$error" = "$last_error" ] || log "$error"
        last_error=$error
        return 1
    fi
    last_error=
    report
    while IFS='	' read -r verdict name uid version node names; do
        [ "$verdict" != approve ] || approve "$name" "$uid" "$version" "$node" "$names"
    done <"$work/verdicts"
    [ -z "$refused" ]
}

# The time in a marker file, 0 if there is none or its time is beyond all reason (it is from another boot or clock).
marker() { # NAME LATEST
    moment=0
    [ ! -f "$state/$1" ] || read -r moment <"$state/$1" || :
    case $moment in '' | *[!0-9]* | ???????????*) moment=0 ;; esac
    [ "$moment" -le "$2" ] || moment=0
    echo "$moment"
}

# Passes every second while requests are expected or were just approved: a roll-out must not wait for the timer.
run() {
    mkdir -p "$state" || fail 73 "cannot write $state"
    exec 9>"$state/approve.lock"
    flock -n 9 || fail 75 "another run is active"
    start=$(date +%s)
    quiet=$((start + expect))
    [ "$(marker narrow $((start + 600)))" -le "$start" ] || narrow=known
    while :; do
        status=0
        pass || status=1
        now=$(date +%s)
        [ -z "$more" ] || quiet=$((now + idle))
        if [ "$narrow" = new ]; then
            echo $((now + 600)) >"$state/narrow"
            narrow=known
        fi
        expected=$(marker expect $((start + limit)))
        [ "$expected" -le "$quiet" ] || quiet=$expected
        if [ "$now" -ge "$quiet" ] || [ "$now" -ge $((start + limit)) ] || [ "$now" -lt "$start" ]; then
            return "$status"
        fi
        sleep 1
    done
}

check() {
    if ! examine; then
        problem
        exit 1
    fi
    awk -F '\t' '$1 == "approve" { print $2 " of " $5 " would be approved: " $6 } $1 == "pending" { print $4 }' \
        "$work/verdicts"
}

usage() {
    fail 64 "usage: approver.sh run|check [--kubeconfig FILE] [--expect|--idle|--limit SECONDS]"
}

main() {
    set -eu
    umask 077
    trap '' PIPE
    verb=${1:-} root=${ROOT:-} expect=0 idle=120 limit=1800 last_error='' narrow=''
    case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
    case $verb in run | check) shift ;; *) usage ;; esac
    kubeconfig=$root/var/lib/secure-metrics-server/approver/kubeconfig
    while [ $# -gt 0 ]; do
        case $1=${2:-} in
            --kubeconfig=?*) kubeconfig=$2 ;;
            --*=*[!0-9]* | --*= | --*=??????*) usage ;;
            --expect=*) expect=$2 ;;
            --idle=*) idle=$2 ;;
            --limit=*) limit=$2 ;;
            *) usage ;;
        esac
        shift 2
    done
    state=$root/run/secure-metrics-server
    inventory=$root/etc/secure-metrics-server/csr-inventory.d
    for tool in awk cut date flock grep head kubectl mkdir mktemp mv openssl rm sed sleep tail timeout tr; do
        command -v "$tool" >/dev/null || fail 72 "$tool is missing; install it"
    done
    [ -r "$kubeconfig" ] || fail 71 "cannot read $kubeconfig; expected root, and the credential that installer.sh makes"
    [ -n "$(inventory_files)" ] || fail 65 "no inventory in $inventory; installer.sh writes it"
    work=$(mktemp -d) || fail 73 "cannot write a temporary directory"
    trap 'rm -rf "$work"' EXIT
    trap 'exit 143' TERM INT HUP
    # No answer may fill the disk: 64 MiB, or twice that where the shell counts in kilobytes.
    ulimit -f 131072 2>/dev/null || :
    "$verb"
}

main "$@"
