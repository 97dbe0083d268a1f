# Judges pending requests; approver.sh runs it, behind request.awk and reserved.awk, in one process for all requests.
#   stage=nodes     prints the Nodes worth fetching
#   stage=verdicts  prints, tab separated, `approve name uid resourceVersion node names` and `pending key node text`
#   stage=newest    chooses five of each node from a table
# Operands: phase=inventory FILE... phase=machine FILE phase=cluster FILE phase=requests FILE

BEGIN { UNIT["s"] = 1; UNIT["m"] = 60; UNIT["h"] = 3600; UNIT["d"] = 86400; UNIT["y"] = 31536000 }

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

# One text for a value, however it is written.
function same(text) { return numeric(text) ? ip_hex(text) : text }

function digit(bytes, at) { return index("0123456789abcdef", substr(bytes, at, 1)) - 1 }

# Is it an address that the API server gives to a Service?
function of_services(bytes,    i, whole, rest, bit) {
    if (bytes in SERVICE) return 1
    for (i = 1; i <= networks; i++) {
        whole = int(BITS[i] / 4)
        rest = 16
        for (bit = BITS[i] % 4; bit > 0; bit--) rest /= 2
        if (length(bytes) != length(NETWORK[i]) || substr(bytes, 1, whole) != substr(NETWORK[i], 1, whole)) continue
        if (rest == 16 || int(digit(bytes, whole + 1) / rest) == int(digit(NETWORK[i], whole + 1) / rest)) return 1
    }
    return 0
}

# Under what else does something answer that is no kubelet? For a node, such a value counts whatever an inventory lists.
function why_not_a_node(node, text,    bytes) {
    bytes = numeric(text) ? ip_hex(text) : ""
    if (bytes == "" ? reserved_name(text) : reserved_ip(bytes)) return ","
    if (bytes != "" && of_services(bytes)) return " of the Service network,"
    if (node != OWN && (same(text) in SERVER)) return " of this control plane's API server,"
    return ""
}

# Two nodes that claim the same value over all inventories: then it is nobody's.
function claim(value, node,    file) {
    file = FILENAME
    sub(/^.*\//, "", file)
    value = same(value)
    if (!(value in OWNER)) { OWNER[value] = node; FILE[value] = file }
    else if ("" OWNER[value] != "" node) # as texts: 10 and 010 are two nodes
        CONTESTED[value] = "which " OWNER[value] " (" FILE[value] ") and " node " (" file ") both claim;" \
            " next: correct `addresses`, or remove the file of a stack that is gone"
}

function read_inventory(    field, count, i, ok) {
    count = split($0, field, " ")
    if (!count) return
    ok = is_name(field[1]) || field[1] == "control-planes:"
    for (i = 2; i <= count; i++) if (numeric(field[i]) ? ip_hex(field[i]) == "" : !is_name(field[i])) ok = 0
    if (!ok && stage == "verdicts")
        print "pending\t" FILENAME ":" FNR "\t-\t" FILENAME ": line " FNR " is malformed, skipped"
    # One odd name makes none of the others a worker.
    if (field[1] == "control-planes:") for (i = 2; i <= count; i++) CONTROL_PLANE["" field[i]] = 1
    if (!ok || field[1] == "control-planes:") return
    KNOWN["" field[1]] = 1
    for (i = 1; i <= count; i++) {
        ALLOWED[field[1] " " field[i]] = 1
        claim(field[i], field[1])
    }
}

# A word that says what it is, and the value as the machine's own files have it.
function read_machine(    what, value, part, count, i) {
    what = substr($0, 1, index($0, " ") - 1)
    value = substr($0, index($0, " ") + 1)
    if (what == "client") CLIENT = value
    value = tolower(value)
    if (what == "own") OWN = value
    if (what == "credential") { gsub(/:/, "", value); CREDENTIAL = value }
    if (what == "server") {
        sub(/^[a-z]*:\/\//, "", value)
        sub(/\/.*$/, "", value)
        sub(/:[0-9]*$/, "", value)
        gsub(/[][]/, "", value)
        SERVER[same(value)] = 1
    }
    count = split(value, part, /, */)
    for (i = 1; i <= count; i++) {
        if (what == "names" && sub(/^ *(dns|ip address):/, "", part[i])) SERVER[same(part[i])] = 1
        if (what == "networks" && index(part[i], "/")) {
            NETWORK[++networks] = ip_hex(substr(part[i], 1, index(part[i], "/") - 1))
            BITS[networks] = substr(part[i], index(part[i], "/") + 1) + 0
        }
    }
}

# Adds to a sorted list that is as short as the addresses of one node.
function insert(list, count, value,    i) {
    for (i = 1; i <= count; i++) if (list[i] == value) return count
    for (i = count; i > 0 && list[i] > value; i--) list[i + 1] = list[i]
    list[i + 1] = value
    return count + 1
}

# Builds what surrounds the public key in a request of this kubelet (BEFORE, AFTER); returns why that cannot be.
function expect(node,    field, count, i, type, value, ip, dns, names, ips, addresses, san, subject, reason) {
    if (!services) return "the address of the kubernetes Service is unknown"
    if (same(node) in CONTESTED) return "its sender has the name " node ", " CONTESTED[same(node)]
    count = split(ADDRESSES[node], field, "\t")
    if (!count) return "there is no Node of that name"
    for (i = 3; i < count; i += 2) {
        type = bare(field[i])
        value = bare(field[i + 1])
        if (type !~ /^(Hostname|(Internal|External)(IP|DNS))$/ || value == "") continue
        if (!((node " " value) in ALLOWED)) return "the Node has the " type " " show(field[i + 1]) \
            ", which the inventory lacks; if that is right, add it to `addresses` of " node
        if (same(value) in CONTESTED)
            return "the Node has the " type " " value ", " CONTESTED[same(value)]
        ip = numeric(value) ? ip_hex(value) : ""
        if (type ~ /IP$/ ? ip == "" : type ~ /DNS$/ || ip == "" ? numeric(value) || !is_name(value) : 0)
            return "the Node has " value " as " type
        reason = why_not_a_node(node, value)
        if (reason != "") return "the Node has the " type " " value reason " which is not for nodes"
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

# The node that the API server, not the request, says has sent it.
function sender(quoted) { return quoted ~ /^"system:node:[a-z0-9.-]+"$/ ? substr(quoted, 14, length(quoted) - 14) : "" }

function either(list, a, b) { return list == "\"" a "\",\"" b "\"," || list == "\"" b "\",\"" a "\"," }

function judge(node,    reason) {
    if (NF != 12) return "its fields are not as expected"
    if (!(node in KNOWN)) return "its sender " show($6) " is not a node of the inventory"
    if ($7 != "\"kubernetes.io/kubelet-serving\"") return "its signer is " show($7)
    if (!either($8, "system:nodes", "system:authenticated")) return "the groups of its sender are unusual"
    if (!either($9, "digital signature", "server auth")) return "it asks for other usages"
    if ($10 != "<nil>") return "it asks for a lifetime"
    if ($2 !~ /^"[a-z0-9]([a-z0-9.-]*[a-z0-9])?"$/ || $2 ~ /\.\./ || length($2) > 255) return "its name is unusual"
    if ($3 !~ /^"[0-9a-f-]+"$/ || $4 !~ /^"[0-9]+"$/) return "its metadata are unusual"
    reason = node == OWN || node in CONTROL_PLANE || node in LABELLED ? not_own(node, $11) : ""
    if (reason != "") return reason
    if (!(node in REASON)) REASON[node] = expect(node)
    return REASON[node] != "" ? REASON[node] : difference(node, $12)
}

# Why a request of a control plane may have another sender than the kubelet of this machine. The API server writes down
# which certificate it was sent with; the name alone is what any bootstrap token can buy.
function not_own(node, credentials) {
    if (OWN == "" || CREDENTIAL == "") return "it is of a control plane, and there is no kubelet's certificate in " CLIENT
    if (node != OWN) return "it is of another control plane, whose own approver decides"
    if (credentials == "") return "the API server does not say which credential sent it; expected Kubernetes 1.32 or later" \
        " for the request of a control plane; next: upgrade"
    if (credentials != "\"X509SHA256=" CREDENTIAL "\",") return "it was not sent with the certificate in " CLIENT \
        ", which alone speaks for this control plane; next: kubeadm token list"
    return ""
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
phase == "machine" { read_machine(); next }
phase == "cluster" && $1 == "S" { for (i = 2; i <= NF; i++) { SERVICE[ip_hex(bare($i))] = 1; services++ } }
phase == "cluster" && $1 == "N" { ADDRESSES[bare($2)] = $0 }
phase == "cluster" && $1 == "L" { LABELLED[bare($2)] = 1 }
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
