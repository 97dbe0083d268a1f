# shellcheck shell=sh
# Changes one object of an installation that is taken over, and nothing that somebody else changed since it was read. Sent behind
# owners.sh.

# What nobody owns can be applied by the Kubernetes provider without a conflict. An object without any owner is given one that has
# all of it, so it gets one that has nothing.
NO_OWNER='"operation":"Update","manager":"secure-metrics-server-take-over","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:annotations":{"f:secure-metrics-server/taken-over":{}}}}'

# Reads what is known of an object, as it is at this moment. Fails where it is not there; what cannot be read ends the script.
read_object() { # TYPE/NAME
    kube_into "$WORK/facts" "$ONE_LIST" get "$1" -n "$NAMESPACE" --ignore-not-found -o go-template="$FACTS" ||
        fail 71 "cannot read $1: $(complaint); expected an answer; next: pulumi up, which goes on from here"
    [ -s "$WORK/facts" ]
}

# A fact of the object that was read last.
fact() { # KIND
    sed -n "s/^$1 //p" "$WORK/facts" | head -n 1
}

is_ours_now() {
    grep -q '^label "app\.kubernetes\.io/part-of" "secure-metrics-server"$' "$WORK/facts"
}

is_foreign() { # TYPE/NAME
    read_object "$1" && ! is_ours_now
}

# Applies the operations that a function prints, one a line, to an object as it is at this moment: where somebody was faster, the
# function looks again. Nothing is sent where it prints nothing.
change() { # TYPE/NAME FUNCTION ARGUMENT...
    changed=$1 operations=$2
    shift 2
    attempt=0
    while read_object "$changed"; do
        "$operations" "$@" >"$WORK/operations"
        [ -s "$WORK/operations" ] || return 0
        {
            printf '[{"op":"test","path":"/metadata/resourceVersion","value":"%s"}' "$(fact version)"
            while IFS= read -r operation; do printf ',%s' "$operation"; done <"$WORK/operations"
            printf ']\n'
        } >"$WORK/patch"
        if kube patch "$changed" -n "$NAMESPACE" --type=json --patch-file "$WORK/patch" >/dev/null 2>"$WORK/error"; then return 0; fi
        attempt=$((attempt + 1))
        if [ "$attempt" -ge 5 ] || ! grep -q 'resourceVersion\|Conflict\|object has been modified\|the server rejected our request' "$WORK/error"; then
            fail 76 "cannot change $changed: $(quoted "$(complaint)"); expected it changed; next: pulumi up, which goes on from here"
        fi
        pause
    done
}

# Takes away what its old maker left in the metadata, and every claim to a field.
release() {
    awk '
        function remove(place) { gsub(/~/, "~0", name); gsub(/\//, "~1", name); print "{\"op\":\"remove\",\"path\":\"/metadata/" place "/" name "\"}" }
        { name = substr($2, 2, length($2) - 2) }
        name !~ /^[A-Za-z0-9._\/-]+$/ { next }
        $1 == "annotation" && (name == "kubectl.kubernetes.io/last-applied-configuration" || name ~ /^meta\.helm\.sh\//) { remove("annotations") }
        $1 == "label" && (name == "helm.sh/chart" || name ~ /^app\.kubernetes\.io\/(instance|version)$/ || name == "addonmanager.kubernetes.io/mode" || name == "kubernetes.io/cluster-service") { remove("labels") }' "$WORK/facts"
    managers=$(sed -n 's/^manager //p' "$WORK/facts")
    [ "$managers" = '"secure-metrics-server-take-over"' ] ||
        printf '{"op":"add","path":"/metadata/managedFields","value":[{"apiVersion":"%s",%s}]}\n' "$(fact api)" "$NO_OWNER"
}

# Deletes an object if it is the one that was meant.
delete_exactly() { # PATH UID POLICY
    printf '{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"%s","preconditions":{"uid":"%s"}}\n' "$3" "$2" >"$WORK/delete"
    kube delete --raw "$1" -f "$WORK/delete" >/dev/null 2>"$WORK/error" ||
        grep -q 'NotFound\|(Conflict)\|not found\|the UID in the precondition' "$WORK/error" ||
        fail 71 "cannot delete $1: $(quoted "$(complaint)"); expected it gone; next: pulumi up, which goes on from here"
}

# Waits until a function says yes.
wait_for() { # SECONDS WHAT FUNCTION ARGUMENT...
    deadline=$(($(now) + $1)) awaited=$2
    shift 2
    until "$@"; do
        [ "$(now)" -lt "$deadline" ] ||
            fail 71 "not in time: $awaited; expected it sooner; next: kubectl -n $NAMESPACE get all; pulumi up goes on from here"
        pause
    done
}
