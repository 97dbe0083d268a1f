# shellcheck shell=sh
# Lets the new pods serve: the Service first, then the API server's trust, and then the old pods go. Sent behind aside.sh.
# Header: CA_BUNDLE (base64 of the CA certificates of the new pods), PORTS (the Service's, as JSON). Limits: SETTLE_SECONDS (10).

# Pods that stay, a line for each port that serves: address, port.
# shellcheck disable=SC2016 # variables of the template, not of the shell
PODS_AND_PORTS='{{range .items}}{{if not .metadata.deletionTimestamp}}{{$pod := .}}{{range .spec.containers}}{{range .ports}}{{if eq .name "https"}}{{$pod.status.podIP}} {{.containerPort}}{{"\n"}}{{end}}{{end}}{{end}}{{end}}{{end}}'

switch() {
    if is_foreign "apiservice/$APISERVICE" || is_foreign service/metrics-server; then
        find_new_pods
        require_verified_pods
        trust_both
        use_new_pods
        trust_new_pods
    fi
    remove_old_pods
    remove_leftovers
    for object in service/metrics-server "apiservice/$APISERVICE"; do
        if is_foreign "$object"; then change "$object" release; fi
    done
    result "{\"node\":$(json_string "$NODE_NAME"),\"switched\":true}"
}

# The new Deployment is rolled out by now, so there is one kind of its pods.
find_new_pods() {
    { read_object deployment/metrics-server && is_ours_now; } ||
        fail 71 "deployment/metrics-server is not the new one; expected it; next: pulumi up --refresh"
    sets_of "$(fact uid)" >"$WORK/sets"
    HASH=$(awk '$3 > 0 { print $4 }' "$WORK/sets")
    case $HASH in
        '' | *[!a-z0-9]*) fail 71 "the new Deployment has no pods of one kind; expected it rolled out; next: kubectl -n $NAMESPACE rollout status deployment/metrics-server; pulumi up" ;;
    esac
    kube_into "$WORK/pods" "$ONE_LIST" get pods -n "$NAMESPACE" -l "k8s-app=metrics-server,pod-template-hash=$HASH" \
        -o go-template="$PODS_AND_PORTS" ||
        fail 71 "cannot list the new pods: $(complaint)"
    [ -s "$WORK/pods" ] || fail 71 "the new Deployment has no pods; expected some; next: kubectl -n $NAMESPACE get pods"
}

# What the API server is going to see, before it sees it.
require_verified_pods() {
    printf '%s' "${CA_BUNDLE:?}" | openssl base64 -d -A >"$WORK/bundle.pem" 2>/dev/null ||
        fail 64 "CA_BUNDLE is no base64; expected PEM in it; next: compose the script with its header"
    while read -r address port; do
        case $address$port in *[!0-9a-f.:]*) fail 71 "a new pod has the address $(quoted "$address:$port"); expected an IP address; next: kubectl -n $NAMESPACE get pods -o wide" ;; esac
        case $address in *:*) target="[$address]:$port" ;; *) target=$address:$port ;; esac
        timeout 15 openssl s_client -connect "$target" -servername metrics-server.kube-system.svc -CAfile "$WORK/bundle.pem" \
            -no-CApath -no-CAstore -partial_chain -verify_return_error -verify_hostname metrics-server.kube-system.svc \
            </dev/null >"$WORK/handshake" 2>&1 || {
            grep -i 'error' "$WORK/handshake" | log_lines
            fail 67 "the new pod at $target does not serve a certificate that the API server is going to accept; expected one; the old pods go on serving; next: kubectl -n $NAMESPACE logs deployment/metrics-server"
        }
    done <"$WORK/pods"
}

# An API server that verified the old pods has to accept both kinds before the Service changes.
trust_both() {
    change "apiservice/$APISERVICE" bundle_of_both
}

bundle_of_both() {
    [ -n "$(fact bundle)" ] || return 0
    fact bundle | openssl base64 -d -A >"$WORK/both.pem" 2>/dev/null || return 0
    first=$(sed -n 2p "$WORK/bundle.pem")
    if grep -qF "$first" "$WORK/both.pem"; then return 0; fi
    { echo && cat "$WORK/bundle.pem"; } >>"$WORK/both.pem"
    printf '{"op":"add","path":"/spec/caBundle","value":"%s"}\n' "$(openssl base64 -A <"$WORK/both.pem")"
}

use_new_pods() {
    if is_foreign service/metrics-server; then
        change service/metrics-server service_of_new_pods
        wait_for 60 "the Service has the new pods alone" has_new_pods_alone
        settle
    fi
}

service_of_new_pods() {
    selected=$(sed -n 's/^selector //p' "$WORK/facts" | sort | tr '\n' ' ')
    [ "$selected" != "k8s-app=metrics-server pod-template-hash=$HASH " ] || return 0
    printf '{"op":"add","path":"/spec/selector","value":{"k8s-app":"metrics-server","pod-template-hash":"%s"}}\n' "$HASH"
    printf '{"op":"add","path":"/spec/ports","value":%s}\n' "${PORTS:?}"
}

has_new_pods_alone() {
    kube_into "$WORK/slices" "$ONE_LIST" get endpointslices -n "$NAMESPACE" -l kubernetes.io/service-name=metrics-server \
        -o go-template='{{range .items}}{{range .endpoints}}{{if .conditions.ready}}{{range .addresses}}{{.}}{{"\n"}}{{end}}{{end}}{{end}}{{end}}' || return 1
    [ -s "$WORK/slices" ] || return 1
    awk 'FILENAME == ARGV[1] { ours[$1] = 1; next } !($1 in ours) { others = 1 } END { exit others }' "$WORK/pods" "$WORK/slices"
}

# What was told to all nodes takes a moment to arrive, and nobody says when it has.
settle() {
    sleep "${SETTLE_SECONDS:-10}"
}

trust_new_pods() {
    change "apiservice/$APISERVICE" trust_of_new_pods
    wait_for 60 "the metrics API answers with the new pods, verified" answers
    settle
}

trust_of_new_pods() {
    [ "$(fact skip)" = true ] || return 0
    printf '{"op":"remove","path":"/spec/insecureSkipTLSVerify"}\n{"op":"add","path":"/spec/caBundle","value":"%s"}\n' "$CA_BUNDLE"
}

answers() {
    kube_into "$WORK/answer" "$ONE_LIST" get --raw /apis/metrics.k8s.io/v1beta1/nodes
}

# Nobody asks them any more. The Service gets its lasting selector when they are gone.
remove_old_pods() {
    [ -f "$KEPT/$SETS" ] || return 0
    while read -r name uid _ hash; do
        delete_exactly "/apis/apps/v1/namespaces/$NAMESPACE/replicasets/$name" "$uid" Background
        wait_for 120 "the pods of the old ReplicaSet $name go" has_no_pods "$hash"
    done <"$KEPT/$SETS"
    rm -f "$KEPT/$SETS"
}

has_no_pods() { # HASH
    kube_into "$WORK/old-pods" "$ONE_LIST" get pods -n "$NAMESPACE" -l "pod-template-hash=$1" \
        -o go-template='{{range .items}}{{if not .metadata.deletionTimestamp}}{{.metadata.name}}{{"\n"}}{{end}}{{end}}' || return 1
    [ ! -s "$WORK/old-pods" ]
}

# What has been kept and what nobody needs now: Helm's record, and what the chart made beside.
remove_leftovers() {
    [ -d "$KEPT" ] || return 0
    for object in $OF_THE_CHART poddisruptionbudget/metrics-server; do
        file=$KEPT/$(printf '%s' "$object" | tr '/' '.').yaml
        if [ -f "$file" ] && is_foreign "$object"; then kube_delete "$object"; fi
    done
    set +f
    for file in "$KEPT"/secret.sh.helm.release.v1.*.yaml; do
        [ -f "$file" ] || continue
        object=${file##*/secret.}
        kube_delete "secret/${object%.yaml}"
    done
}

kube_delete() { # TYPE/NAME
    kube delete "$1" -n "$NAMESPACE" --ignore-not-found >/dev/null 2>"$WORK/error" ||
        fail 71 "cannot delete $1: $(quoted "$(complaint)"); expected it gone; next: pulumi up, which goes on from here"
}
