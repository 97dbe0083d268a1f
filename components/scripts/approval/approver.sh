#!/bin/sh
# Approves kubelet-serving certificate requests: only those that are byte for byte what the kubelet of a
# node in the inventory would send. Runs as root on a control plane, from disk, started by a systemd
# timer; so it stands alone.
#
#   approve-csrs.sh run   [--kubeconfig FILE] [--expect SECONDS] [--idle SECONDS] [--limit SECONDS]
#   approve-csrs.sh check [--kubeconfig FILE]     prints a verdict for each pending request and approves nothing
#
# A request is neither parsed nor ever denied: the expected one is built from the Node's addresses, each of
# which the inventory must list, and compared around the 64 bytes of the public key. Everything else stays
# pending, with a reason. Exit codes: 0 ok, 1 the API server did not answer, 64 usage, 65 no inventory,
# 71 no kubeconfig, 72 a tool is missing, 73 cannot write, 75 another run is active.

# One line to the journal; a closed pipe must not stop an approval.
log() { printf '%s\n' "$*" 2>/dev/null || :; }

fail() {
    code=$1
    shift
    log "error: $*"
    exit "$code"
}

# kubectl without anyone's cache, preferences or patience.
kube() {
    HOME=$work KUBERC=off timeout 20 kubectl --kubeconfig="$kubeconfig" --cache-dir="$work/cache" \
        --request-timeout=15s "$@" </dev/null 2>"$work/stderr"
}

# What kubectl complained about last, on one line and without anything that a terminal could interpret.
complaint() {
    [ -s "$work/stderr" ] || echo "kubectl did not finish in time" >"$work/stderr"
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
{{range .usages}}{{printf "%+q," .}}{{end}}{{printf "\t%v\t" .expirationSeconds}}{{with .request -}}
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

# The addresses of the Nodes in "$@" (node/NAME), and those of the API server, which no node may have.
list_cluster() {
    kube get --namespace=default --ignore-not-found service/kubernetes "$@" -o go-template='{{range .items -}}
{{if eq .kind "Node"}}{{printf "N\t%+q" .metadata.name}}{{range .status.addresses -}}
{{printf "\t%+q\t%+q" .type .address}}{{end}}{{"\n"}}{{end -}}
{{if eq .kind "Service"}}S{{range .spec.clusterIPs}}{{printf "\t%+q" .}}{{end}}{{"\n"}}{{end}}{{end}}' >"$work/cluster"
}

# One awk process for all requests. stage=nodes prints the Nodes worth fetching; stage=verdicts prints, tab
# separated, `approve name uid resourceVersion node names` and `pending key node text`; stage=newest chooses five
# of each node from a table.
program() {
    cat <<'AWK'
BEGIN {
    for (i = 32; i < 127; i++) HEX[sprintf("%c", i)] = sprintf("%02x", i)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (i = 1; i <= 64; i++) B64[substr(alphabet, i, 1)] = i - 1
    B64["="] = 0
    ZERO = "00000000000000000000000000000000"
    HEAD = "\"-----BEGIN CERTIFICATE REQUEST-----\\n"
    TAIL = "\\n-----END CERTIFICATE REQUEST-----\\n\""
    ORGANIZATION = "060355040a"
    COMMON_NAME = "0603550403"
    P256_POINT = "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
    EXTENSION_REQUEST = "06092a864886f70d01090e"
    SUBJECT_ALT_NAME = "0603551d11"
    UNIT["s"] = 1; UNIT["m"] = 60; UNIT["h"] = 3600; UNIT["d"] = 86400; UNIT["y"] = 31536000
    ECDSA_SHA256 = "300a06082a8648ce3d040302"
}

function hex(text,    i, out) {
    for (i = 1; i <= length(text); i++) out = out HEX[substr(text, i, 1)]
    return out
}

# A tag and the only length that DER allows for this many bytes.
function header(tag, bytes) {
    if (bytes < 128) return tag sprintf("%02x", bytes)
    if (bytes < 256) return tag "81" sprintf("%02x", bytes)
    return tag "82" sprintf("%04x", bytes)
}

function der(tag, content) { return header(tag, length(content) / 2) content }

# What the log may show of a value that a stranger chose.
function show(quoted) {
    if (quoted ~ /^"[A-Za-z0-9.:_-]+"$/ && length(quoted) < 100) return substr(quoted, 2, length(quoted) - 2)
    return length(quoted) > 60 ? substr(quoted, 1, 60) "..." : quoted
}

# The text of a quoted value of harmless characters, else one that no inventory can list.
function bare(quoted) { return quoted ~ /^"[A-Za-z0-9.:_-]*"$/ ? substr(quoted, 2, length(quoted) - 2) : "?" }

function is_name(text) {
    return length(text) < 254 && text ~ /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/
}

# Might some parser take it for an address? Then it must be one, in its canonical spelling.
function numeric(text) { return text ~ /^[0-9.]*\.[0-9.]*$|:/ }

# The bytes of an address, or something that is not hexadecimal.
function ip_hex(text) { return text ~ /:/ ? ip6_hex(text) : ip4_hex(text) }

function ip4_hex(text,    part, i, out) {
    if (split(text, part, ".") != 4) return ""
    for (i = 1; i <= 4; i++) {
        if (part[i] !~ /^(0|[1-9][0-9]?[0-9]?)$/ || part[i] + 0 > 255) return ""
        out = out sprintf("%02x", part[i] + 0)
    }
    return out
}

function ip6_hex(text,    gap, left, right, out) {
    gap = index(text, "::")
    left = ip6_groups(gap ? substr(text, 1, gap - 1) : text)
    right = gap ? ip6_groups(substr(text, gap + 2)) : ""
    out = left (gap ? substr(ZERO, 1 + length(left right)) : "") right
    return length(out) == 32 && out !~ /x/ && (!gap || length(left right) < 32) ? out : ""
}

function ip6_groups(text,    part, count, i, out) {
    count = split(text, part, ":")
    for (i = 1; i <= count; i++) {
        if (part[i] !~ /^[0-9a-f]+$/ || length(part[i]) > 4) return "x"
        out = out substr("0000", 1 + length(part[i])) part[i]
    }
    return out
}

# Under these the API server, Services or the host itself answer: never for a node, whatever an inventory lists.
function banned_name(text) {
    return text ~ /^kubernetes(\.default(\..*)?)?$/ || text ~ /\.svc(\.|$)/ || text ~ /(^|\.)cluster\.local$/ \
        || text ~ /(^|\.)localhost(\.localdomain)?$/
}

function banned_ip(bytes) {
    if (bytes in SERVICE) return 1
    if (length(bytes) == 8) return bytes ~ /^(00|7f|a9fe|e|ffffffff)/
    return bytes ~ /^(ff|fe[89ab]|00000000000000000000(0000|ffff))/
}

function read_inventory(    field, count, i, ok) {
    count = split($0, field, " ")
    if (!count) return
    ok = is_name(field[1])
    for (i = 2; i <= count; i++) if (numeric(field[i]) ? ip_hex(field[i]) == "" : !is_name(field[i])) ok = 0
    if (!ok && stage == "verdicts")
        print "pending\t" FILENAME ":" FNR "\t-\t" FILENAME ": line " FNR " is malformed, skipped"
    if (!ok) return
    KNOWN["" field[1]] = 1
    for (i = 1; i <= count; i++) ALLOWED[field[1] " " field[i]] = 1
}

# Adds to a sorted list that is as short as the addresses of one node.
function insert(list, count, value,    i) {
    for (i = 1; i <= count; i++) if (list[i] == value) return count
    for (i = count; i > 0 && list[i] > value; i--) list[i + 1] = list[i]
    list[i + 1] = value
    return count + 1
}

# Builds what surrounds the public key in a request of this kubelet (BEFORE, AFTER); returns why that cannot be.
function expect(node,    field, count, i, type, value, ip, dns, names, ips, addresses, san, subject) {
    if (!services) return "the address of the kubernetes Service is unknown"
    count = split(ADDRESSES[node], field, "\t")
    if (!count) return "there is no Node of that name"
    for (i = 3; i < count; i += 2) {
        type = bare(field[i])
        value = bare(field[i + 1])
        if (type !~ /^(Hostname|(Internal|External)(IP|DNS))$/ || value == "") continue
        if (!((node " " value) in ALLOWED)) return "the Node has the " type " " show(field[i + 1]) \
            ", which the inventory lacks; if that is right, add it to `addresses` of " node
        ip = numeric(value) ? ip_hex(value) : ""
        if (type ~ /IP$/ ? ip == "" : type ~ /DNS$/ || ip == "" ? numeric(value) || !is_name(value) : 0)
            return "the Node has " value " as " type
        if (ip == "" ? banned_name(value) : banned_ip(ip))
            return "the Node has the " type " " value ", which is not for nodes"
        if (ip == "") names = insert(dns, names + 0, value)
        else addresses = insert(ips, addresses + 0, value)
    }
    for (i = 1; i <= names; i++) { san = san der("82", hex(dns[i])); NAMES[node] = NAMES[node] " " dns[i] }
    for (i = 1; i <= addresses; i++) { san = san der("87", ip_hex(ips[i])); NAMES[node] = NAMES[node] " " ips[i] }
    if (san == "") return "the Node has no address"
    subject = der("30", der("31", der("30", ORGANIZATION der("13", hex("system:nodes")))) \
        der("31", der("30", COMMON_NAME der("13", hex("system:node:" node)))))
    san = der("30", SUBJECT_ALT_NAME der("04", der("30", san)))
    AFTER[node] = der("a0", der("30", EXTENSION_REQUEST der("31", der("30", san))))
    BEFORE[node] = "020100" subject P256_POINT
    BEFORE[node] = header("30", length(BEFORE[node] AFTER[node]) / 2 + 64) BEFORE[node]
    return ""
}

# The base64 of exactly one block as Go writes it: no headers, 64 columns, nothing before or after; else nothing.
function base64_of(pem,    body, text) {
    if (substr(pem, 1, length(HEAD)) != HEAD || substr(pem, length(pem) - length(TAIL) + 1) != TAIL) return ""
    body = substr(pem, length(HEAD) + 1, length(pem) - length(HEAD TAIL))
    for (; length(body) > 64; body = substr(body, 67)) {
        if (substr(body, 65, 2) != "\\n") return ""
        text = text substr(body, 1, 64)
    }
    text = text body
    return body != "" && text ~ /^[A-Za-z0-9+\/]+=?=?$/ && length(text) % 4 == 0 ? text : ""
}

function decode(text, padding,    i, bits, out) {
    for (i = 1; i < length(text); i += 4) {
        bits = B64[substr(text, i, 1)] * 262144 + B64[substr(text, i + 1, 1)] * 4096
        bits += B64[substr(text, i + 2, 1)] * 64 + B64[substr(text, i + 3, 1)]
        out = out sprintf("%06x", bits)
    }
    return substr(out, length(out) - 2 * padding + 1) ~ /^0*$/ ? substr(out, 1, length(out) - 2 * padding) : ""
}

# The length in bytes of the positive, minimal DER INTEGER of at most 33 bytes at the start; 0 if it is none.
function integer(bytes,    size) {
    for (size = 1; substr(bytes, 1, 4) != "02" sprintf("%02x", size); size++) if (size == 33) return 0
    bytes = substr(bytes, 5, 2 * size)
    if (length(bytes) != 2 * size || bytes ~ /^([89a-f]|00[0-7]|00$)/ || (size == 33 && bytes !~ /^00/)) return 0
    return size + 2
}

# Is it a BIT STRING, to the last byte, of one ECDSA-Sig-Value?
function is_signature(bytes,    content, size) {
    content = substr(bytes, 11)
    size = "03" sprintf("%02x", length(bytes) / 2 - 2) "0030" sprintf("%02x", length(content) / 2)
    if (bytes != size content) return 0
    size = integer(content)
    return size && integer(substr(content, 1 + 2 * size)) == length(content) / 2 - size
}

# What in the request is not what this kubelet would send.
function difference(node, pem,    text, padding, bytes, size, rest, least) {
    if (pem !~ /^"/) return "it has " pem " bytes"
    text = base64_of(pem)
    if (text == "") return "it is not exactly one clean PEM block"
    padding = text ~ /==$/ ? 2 : text ~ /=$/
    size = length(text) / 4 * 3 - padding
    least = length(BEFORE[node] AFTER[node]) / 2 + 64 + 12 + 3 + 8
    if (size < least || size > least + 68) return "its size is not that of a request for" NAMES[node]
    bytes = decode(text, padding)
    rest = header("30", size - (size < 130 ? 2 : size < 259 ? 3 : 4))
    if (substr(bytes, 1, length(rest)) != rest) return "its framing is not DER"
    bytes = substr(bytes, 1 + length(rest))
    if (substr(bytes, 1, length(BEFORE[node])) != BEFORE[node]) return "its size, subject or kind of key differs"
    bytes = substr(bytes, 1 + length(BEFORE[node]) + 128)
    if (substr(bytes, 1, length(AFTER[node])) != AFTER[node]) return "its extensions are not just the names" NAMES[node]
    bytes = substr(bytes, 1 + length(AFTER[node]))
    if (substr(bytes, 1, length(ECDSA_SHA256)) != ECDSA_SHA256) return "it is not signed as ECDSA with SHA-256"
    return is_signature(substr(bytes, 1 + length(ECDSA_SHA256))) ? "" : "its signature is malformed"
}

# The node that the API server, not the request, says has sent it.
function sender(quoted) { return quoted ~ /^"system:node:[a-z0-9.-]+"$/ ? substr(quoted, 14, length(quoted) - 14) : "" }

function either(list, a, b) { return list == "\"" a "\",\"" b "\"," || list == "\"" b "\",\"" a "\"," }

function judge(node) {
    if (NF != 11) return "its fields are not as expected"
    if (!(node in KNOWN)) return "its sender " show($6) " is not a node of the inventory"
    if ($7 != "\"kubernetes.io/kubelet-serving\"") return "its signer is " show($7)
    if (!either($8, "system:nodes", "system:authenticated")) return "the groups of its sender are unusual"
    if (!either($9, "digital signature", "server auth")) return "it asks for other usages"
    if ($10 != "<nil>") return "it asks for a lifetime"
    if ($2 !~ /^"[a-z0-9]([a-z0-9.-]*[a-z0-9])?"$/ || $2 ~ /\.\./ || length($2) > 255) return "its name is unusual"
    if ($3 !~ /^"[0-9a-f-]+"$/ || $4 !~ /^"[0-9]+"$/) return "its metadata are unusual"
    if (!(node in REASON)) REASON[node] = expect(node)
    return REASON[node] != "" ? REASON[node] : difference(node, $11)
}

# Newest first: the seconds, then the order in which the API server stored them.
function newer(created, version, node) {
    if (created != CREATED[node]) return created > CREATED[node]
    return length(version) != length(VERSION[node]) ? length(version) > length(VERSION[node]) : version > VERSION[node]
}

function stays(node, uid, name, reason) {
    name = show(name) (node in KNOWN ? " of " node : "")
    print "pending\t" uid "\t" (node in KNOWN ? node : "-") "\t" name " stays pending: " reason
}

# A line of `kubectl get`: name, age, signer, requestor, lifetime, condition.
function choose(    field, node, age, i) {
    if (split($0, field, " ") != 6 || field[6] != "Pending" || field[1] !~ /^[a-z0-9][a-z0-9.-]*$/) return
    node = sender("\"" field[4] "\"")
    if (!(node in KNOWN)) return
    age = 0
    while (match(field[2], /^[0-9]+[smhdy]/)) {
        age += substr(field[2], 1, RLENGTH - 1) * UNIT[substr(field[2], RLENGTH, 1)]
        field[2] = substr(field[2], RLENGTH + 1)
    }
    for (i = 5; i > 0 && (!((node, i) in NEWEST) || AGE[node, i] > age); i--) {
        if (i < 5 && (node, i) in NEWEST) { NEWEST[node, i + 1] = NEWEST[node, i]; AGE[node, i + 1] = AGE[node, i] }
    }
    if (i < 5) { NEWEST[node, i + 1] = field[1]; AGE[node, i + 1] = age }
}

phase == "inventory" { read_inventory(); next }
phase == "cluster" && $1 == "S" { for (i = 2; i <= NF; i++) { SERVICE[ip_hex(bare($i))] = 1; services++ } }
phase == "cluster" && $1 == "N" { ADDRESSES[bare($2)] = $0 }
phase == "cluster" { next }

stage == "newest" { choose(); next }
{ node = sender($6) }
stage == "nodes" { if (node in KNOWN && !(node in SEEN)) print "node/" node; SEEN[node] = 1; next }
{
    reason = judge(node)
    if (reason != "") { stays(node, $3, $2, reason); next }
    if (node in CREATED && !newer($5, $4, node)) { stays(node, $3, $2, "a newer one comes first"); next }
    if (node in CREATED) stays(node, UID[node], NAME[node], "a newer one comes first")
    NAME[node] = $2
    UID[node] = $3
    VERSION[node] = $4
    CREATED[node] = $5
}

END {
    OFS = "\t"
    for (key in NEWEST) print "certificatesigningrequests.v1.certificates.k8s.io/" NEWEST[key]
    for (node in CREATED)
        print "approve", bare(NAME[node]), bare(UID[node]), bare(VERSION[node]), node, substr(NAMES[node], 2)
}
AWK
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
    LC_ALL=C awk -F '\t' -f "$work/program" stage="$stage" phase=inventory $(inventory_files) "$@" \
        </dev/null 2>"$work/stderr"
}

# Leaves the verdicts on all pending requests in $work/verdicts.
examine() {
    list_pending || return 1
    : >"$work/cluster"
    judge nodes phase=requests "$work/requests" >"$work/nodes" || return 1
    if [ -s "$work/nodes" ]; then
        # shellcheck disable=SC2046
        list_cluster $(cat "$work/nodes") || return 1
    fi
    judge verdicts phase=cluster "$work/cluster" phase=requests "$work/requests" >"$work/verdicts"
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
        approved=1
    else
        log "$1 of $4 not approved, tried again in the next pass: $(complaint)"
    fi
}

# One look at everything that is pending.
pass() {
    approved=
    if ! examine; then
        error="error: cannot read from the API server: $(complaint)"
        [ "$error" = "$last_error" ] || log "$error"
        last_error=$error
        return 1
    fi
    last_error=
    report
    while IFS='	' read -r verdict name uid version node names; do
        [ "$verdict" != approve ] || approve "$name" "$uid" "$version" "$node" "$names"
    done <"$work/verdicts"
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
        [ -z "$approved" ] || quiet=$((now + idle))
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
    examine || fail 1 "cannot read from the API server: $(complaint)"
    awk -F '\t' '$1 == "approve" { print $2 " of " $5 " would be approved: " $6 } $1 == "pending" { print $4 }' \
        "$work/verdicts"
}

usage() {
    fail 64 "usage: approve-csrs.sh run|check [--kubeconfig FILE] [--expect|--idle|--limit SECONDS]"
}

main() {
    set -eu
    umask 077
    trap '' PIPE
    verb=${1:-} root=${ROOT:-} expect=0 idle=120 limit=1800 last_error='' approved='' narrow=''
    case $verb in run | check) shift ;; *) usage ;; esac
    kubeconfig=$root/etc/kubernetes/admin.conf
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
    for tool in awk cut date flock grep head kubectl mkdir mktemp mv rm sleep tail timeout tr; do
        command -v "$tool" >/dev/null || fail 72 "$tool is missing; install it"
    done
    [ -r "$kubeconfig" ] || fail 71 "cannot read $kubeconfig; expected a control plane and root, or --kubeconfig"
    [ -n "$(inventory_files)" ] || fail 65 "no inventory in $inventory; installer.sh writes it"
    work=$(mktemp -d) || fail 73 "cannot write a temporary directory"
    trap 'rm -rf "$work"' EXIT
    trap 'exit 143' TERM INT HUP
    program >"$work/program"
    "$verb"
}

main "$@"
