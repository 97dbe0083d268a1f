/**
 * A kubectl for the approver's installer that keeps objects in $ROOT/cluster, one file each with the YAML that was applied.
 * What it answers depends on them and on the credential: without the binding the account may do nothing, without the role's
 * rule not that. Templates are not run: it prints what they would. It refuses calls without bounds, and calls that would
 * read somebody's preferences.
 */
export const CLUSTER_KUBECTL = `store=$ROOT/cluster
mkdir -p "$store"
[ "$KUBERC" = off ] && case $HOME in */secure-metrics-server.* | /tmp/*) ;; *) false ;; esac || {
    echo "kubectl with the preferences of $HOME" >&2
    exit 1
}
case "$1 $2 $3" in
'--kubeconfig='*' --cache-dir='*' --request-timeout=15s') kubeconfig=\${1#*=} && shift 3 ;;
*) echo "kubectl without its bounds: $*" >&2 && exit 1 ;;
esac
case $kubeconfig in */admin.conf) who=admin ;; *) who=approver ;; esac
echo "$who: $*" | head -n 1 >>"$ROOT/kubectl.log"
if [ -f "$ROOT/broken" ]; then echo "no route" >&2 && exit 1; fi

field() { sed -n "s#.*[{ ]$1: \\([^,}]*\\)[,}].*#\\1#p" "$2" | head -n 1; }
token() { [ -f "$store/secret" ] && echo "token-$(cksum <"$store/secret" | tr ' ' -)"; }
bound() {
    [ -f "$store/serviceaccount" ] && [ -f "$store/$1binding" ] && [ -f "$store/$1" ] &&
        [ "$(sed -n 's/^ *token: //p' "$kubeconfig")" = "$(token)" ]
}
object() { # KIND
    [ -f "$store/$1" ] || return 0
    echo "$1 uid-$1 $(cksum <"$store/$1" | tr ' ' -) $(field app.kubernetes.io/part-of "$store/$1")"
}
forbidden() { echo "Error from server (Forbidden): $1" >&2 && exit 1; }

# Only the approver's own reads and reviews are not the administrator's.
case "$who $*" in
"approver get "*certificatesigningrequests*) bound clusterrole || forbidden "cannot list" ;;
"approver create --raw /apis/authorization.k8s.io/v1/selfsubjectaccessreviews -f "*)
    for file do :; done
    role=clusterrole
    if grep -q services "$file"; then role=role; fi
    verb=$(sed 's/.*"verb": "\\([a-z]*\\)".*/\\1/' "$file")
    resource=$(sed 's/.*"resource": "\\([a-z]*\\)".*/\\1/' "$file")
    if grep -q '"subresource"' "$file"; then resource=$resource/approval; fi
    allowed=false
    if bound "$role" && grep "[[]$resource[]].*verbs: .*$verb" "$store/$role" >/dev/null; then allowed=true; fi
    if [ -f "$ROOT/denied" ] && [ "$(cat "$ROOT/denied")" = "$resource" ]; then allowed=false; fi
    echo '{"kind":"SelfSubjectAccessReview","status":{"allowed":'$allowed'}}'
    ;;
"admin get serviceaccount --namespace=kube-system --selector=app.kubernetes.io/part-of=secure-metrics-server "*)
    if [ -f "$store/serviceaccount" ]; then echo secure-metrics-server-approver-cp1; fi
    cat "$ROOT/accounts" 2>/dev/null || :
    ;;
"admin get node "*" --ignore-not-found -o name") grep -x "node/$3" "$ROOT/nodes" 2>/dev/null || : ;;
"admin get --namespace=kube-system --ignore-not-found serviceaccount/"*)
    for kind in serviceaccount secret clusterrole clusterrolebinding; do object "$kind"; done
    ;;
"admin get --namespace=default --ignore-not-found role/"*)
    for kind in role rolebinding; do object "$kind"; done
    ;;
"admin get --namespace=kube-system secret "*) printf %s "$(token)" ;;
"admin apply --server-side "*)
    for file do :; done
    awk -v store="$store" '
        function flush() { printf "%s", text >(store "/" kind); close(store "/" kind); text = "" }
        /^---/ { flush(); next }
        /^kind:/ { kind = tolower($2) }
        { text = text $0 "\\n" }
        END { flush() }' "$file"
    ;;
"admin config view --raw "*)
    printf 'apiVersion: v1\\nkind: Config\\ncurrent-context: approver\\nclusters:\\n- name: cluster\\n  cluster:\\n'
    sed -n 's/^ *server: /    server: /p; s/^ *certificate-authority-data: /    certificate-authority-data: /p' "$kubeconfig"
    printf 'users:\\n- name: approver\\n  user:\\n    token: '
    ;;
"admin delete "*" --selector=app.kubernetes.io/part-of=secure-metrics-server --field-selector=metadata.name="*)
    account=\${4#*metadata.name=}
    if [ "$account" = "$5" ] || [ "$account" = "$4" ]; then account=\${5#*metadata.name=}; fi
    if [ "$account" != secure-metrics-server-approver-cp1 ]; then
        grep -vx "$account" "$ROOT/accounts" >"$ROOT/accounts.new"
        mv "$ROOT/accounts.new" "$ROOT/accounts"
        exit 0
    fi
    for kind in $(echo "$2" | tr , ' '); do
        if [ "$(field app.kubernetes.io/part-of "$store/$kind" 2>/dev/null)" = secure-metrics-server ]; then
            rm "$store/$kind" && echo "$kind deleted"
        fi
    done
    ;;
*) echo "unexpected: $who $*" >&2 && exit 1 ;;
esac`;
