# shellcheck shell=sh
# Reads and changes one top-level key of a KubeletConfiguration, and nothing else. Sent behind common.sh.

# Reads a KubeletConfiguration as a person would and answers with one line: "value <absent|null|true|false>" for the
# top-level key, or "refused <why>". Only what a line editor can change without doubt is accepted. With the third
# argument "effective", settings that make the key ineffective are refused as well.
inspect_yaml() { # FILE KEY [effective]
    awk -v wanted="$2" -v effective="${3:-}" '
        function refuse(why) { if (!refused) print "refused " why; refused = 1; exit }
        function here(why) { refuse(why " in line " NR) }
        function bare(text) {
            if (text ~ /^".*"$/ || text ~ /^\047.*\047$/) return substr(text, 2, length(text) - 2)
            return text
        }
        function is_false(text) { return tolower(text) ~ /^(false|no|off|n)$/ }
        function is_true(text) { return tolower(text) ~ /^(true|yes|on|y)$/ }
        function is_null(text) { return text == "" || text == "~" || tolower(text) == "null" }
        function closes(text,    first, last) {
            first = substr(text, 1, 1); last = substr(text, length(text), 1)
            if (first == "{") return last == "}"
            if (first == "[") return last == "]"
            if (first == "\"" || first == "\047") return length(text) > 1 && last == first
            return 1
        }
        NR == 1 && substr($0, 1, 3) == "\357\273\277" { refuse("a byte order mark") }
        index($0, "\r") { here("a carriage return (CRLF line ends?)") }
        /^ *\t/ { here("a tab as indentation") }
        /^ *(#|$)/ { next }
        /^%/ { here("a YAML directive") }
        /^---/ {
            if (started || dashes++ || $0 !~ /^--- *(#.*)?$/) here("a second document or content beside ---")
            next
        }
        /^\.\.\./ { here("an end of document") }
        !started && ($0 ~ /^\{/ || $0 ~ /^\[/) { refuse("JSON or a flow mapping instead of a block mapping") }
        !started && /^ / { here("an indented top level") }
        { started = 1 }
        /^ / || /^-( |$)/ {
            if (substr($0, 1, 1) == "-" && !is_null(value)) here("a list that belongs to no key")
            if (key == wanted) here("a value of " wanted " that is not a boolean")
            gates = (key == "featureGates") ? $0 : ""
        }
        !/^ / && !/^-( |$)/ {
            if ($0 !~ /^[A-Za-z][A-Za-z0-9_]*:( |$)/) here("a quoted, odd or unexpected top-level form")
            key = substr($0, 1, index($0, ":") - 1)
            value = substr($0, index($0, ":") + 1)
            sub(/^ +/, "", value)
            if (match(value, /^"[^"]*" +#/) || match(value, /^\047[^\047]*\047 +#/)) value = substr(value, 1, RLENGTH - 1)
            else if (value !~ /^["\047]/) sub(/(^| +)#.*$/, "", value)
            sub(/ +$/, "", value)
            if (key in seen) here("the key " key " a second time")
            if (!closes(value)) here("a value of " key " that spans lines")
            seen[key] = value
            gates = (key == "featureGates") ? value : ""
            if (key == wanted && !is_true(value) && !is_false(value) && !is_null(value))
                here("a value of " wanted " that is not a boolean")
            if (effective && (key == "tlsCertFile" || key == "tlsPrivateKeyFile") && !is_null(bare(value)))
                here(key ", which overrides " wanted)
        }
        effective && gates ~ /RotateKubeletServerCertificate["\047]? *: *["\047]?(false|False|FALSE|no|off)/ {
            here("the feature gate RotateKubeletServerCertificate: false, which overrides " wanted)
        }
        END {
            if (refused) exit
            if (!started) refuse("an empty file")
            if (bare(seen["kind"]) != "KubeletConfiguration") refuse("no top-level kind: KubeletConfiguration")
            if (!(wanted in seen)) print "value absent"
            else if (is_true(seen[wanted])) print "value true"
            else if (is_false(seen[wanted])) print "value false"
            else print "value null"
        }' "$1"
}

# Prints the value of a top-level scalar, nothing if it is absent.
yaml_scalar() { # FILE KEY
    awk -v wanted="$2" '
        index($0, wanted ":") == 1 {
            value = substr($0, length(wanted) + 2)
            sub(/[ \t]+#.*$/, "", value); gsub(/^[ \t]+|[ \t]+$/, "", value)
            if (value ~ /^".*"$/ || value ~ /^\047.*\047$/) value = substr(value, 2, length(value) - 2)
            if (value != "~" && value != "null") print value
            exit
        }' "$1"
}

# Writes a copy of FILE in which the top-level KEY has VALUE ("absent": is not there). Everything else stays byte for
# byte: a comment behind the value, and whether the file ends with a newline.
edit_yaml() { # FILE KEY VALUE NEW_FILE
    newline=
    if [ -z "$(tail -c 1 "$1")" ]; then newline=1; fi
    awk -v key="$2" -v value="$3" -v newline="$newline" '
        function put(text) { printf "%s%s", (count++ ? "\n" : ""), text }
        index($0, key ":") == 1 {
            if (value == "absent") next
            rest = substr($0, length(key) + 2)
            comment = match(rest, / +#/) ? substr(rest, RSTART) : ""
            put(key ": " value comment)
            done = 1
            next
        }
        { put($0) }
        END {
            if (!done && value != "absent") put(key ": " value)
            if (newline && count) printf "\n"
        }' "$1" >"$4" || return 1
    same_but_for_key "$1" "$4" "$2"
}

# The proof that an edit touched nothing else: both files are equal without the key.
same_but_for_key() { # OLD NEW KEY
    awk -v key="$3" 'index($0, key ":") != 1' "$1" >"$WORK/old-without-key" &&
        awk -v key="$3" 'index($0, key ":") != 1' "$2" >"$WORK/new-without-key" &&
        cmp -s "$WORK/old-without-key" "$WORK/new-without-key"
}
