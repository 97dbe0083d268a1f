# The bytes of addresses and of a kubelet's request; approver.awk builds with them what it expects, and compares.

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
