# shellcheck shell=sh
# kubectl for every script that asks the API server. Sent behind common.sh.

# kubectl with bounds on the call and on each of its requests, and without anybody's cache, preferences or standard input.
bounded_kubectl() { # SECONDS REQUEST_SECONDS KUBECONFIG ARGUMENT...
    call_seconds=$1 request_seconds=$2 kubeconfig=$3
    shift 3
    HOME=$WORK KUBERC=off timeout "$call_seconds" kubectl --kubeconfig="$kubeconfig" --cache-dir="$WORK/cache" \
        --request-timeout="${request_seconds}s" "$@" </dev/null
}
