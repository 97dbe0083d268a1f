# shellcheck shell=sh
# Names and addresses in one spelling. Sent behind common.sh.

# Addresses in one spelling (RFC 5952), one a line, so that they can be compared as text. Reads what OpenSSL prints
# (FD00:0:0:0:0:0:0:5), what /proc prints (32 digits), and any short form; other lines are only made lower case.
canonical_names() {
    awk '
        function shorten(    i, run, start, best, longest, out) {
            longest = 1; best = 0; run = 0
            for (i = 1; i <= 9; i++) {
                if (i < 9 && group[i] == "0") { if (!run++) start = i; continue }
                if (run > longest) { longest = run; best = start }
                run = 0
            }
            out = ""
            for (i = 1; i <= 8; i++) {
                if (i == best) { out = out "::"; i += longest - 1; continue }
                out = out (out == "" || out ~ /::$/ ? "" : ":") group[i]
            }
            return out
        }
        { text = tolower($0) }
        # only an address has a zone
        text ~ /^[0-9a-f]*:[0-9a-f:.]*%/ { sub(/%.*$/, "", text) }
        length(text) == 32 && text ~ /^[0-9a-f]+$/ {
            full = substr(text, 1, 4)
            for (i = 5; i < 32; i += 4) full = full ":" substr(text, i, 4)
            text = full
        }
        text ~ /:/ && text ~ /^[0-9a-f:]+$/ {
            gap = index(text, "::")
            head = gap ? substr(text, 1, gap - 1) : text
            tail = gap ? substr(text, gap + 2) : ""
            heads = split(head, first, ":"); tails = split(tail, second, ":")
            for (i = 1; i <= 8; i++) {
                if (i <= heads) group[i] = first[i]
                else if (gap && i > 8 - tails) group[i] = second[i - 8 + tails]
                else group[i] = "0"
                sub(/^0+/, "", group[i]); if (group[i] == "") group[i] = "0"
            }
            text = shorten()
        }
        text != "" { print text }'
}
