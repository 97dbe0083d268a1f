# shellcheck shell=sh
# The approver's own credential: a ServiceAccount of this node that may read requests, Nodes and one Service, and approve
# for one signer. admin.conf makes and removes it, and is used for nothing else. Sent in front of installer.sh.

# kubectl as the administrator; what it makes are several objects.
admin() {
    bounded_kubectl 60 15 "$ROOT/etc/kubernetes/admin.conf" "$@" 2>"$WORK/kubectl"
}

kubectl_problem() {
    [ -s "$WORK/kubectl" ] || echo "kubectl did not finish in time" >"$WORK/kubectl"
    tail -n 1 "$WORK/kubectl" | tr -cd ' -~' | cut -c 1-300
}

# Everything that it needs in the cluster. The Secret's token has no end; it ends with the Secret.
objects_text() {
    cat <<YAML
apiVersion: v1
kind: ServiceAccount
metadata: {name: $ACCOUNT, namespace: kube-system, labels: {app.kubernetes.io/managed-by: secure-metrics-server, app.kubernetes.io/part-of: secure-metrics-server}}
automountServiceAccountToken: false
---
apiVersion: v1
kind: Secret
type: kubernetes.io/service-account-token
metadata:
  name: $ACCOUNT
  namespace: kube-system
  labels: {app.kubernetes.io/managed-by: secure-metrics-server, app.kubernetes.io/part-of: secure-metrics-server}
  annotations: {kubernetes.io/service-account.name: $ACCOUNT}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: $ACCOUNT
  labels: {app.kubernetes.io/managed-by: secure-metrics-server, app.kubernetes.io/part-of: secure-metrics-server}
rules:
- {apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [get, list]}
- {apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/approval], verbs: [update]}
- {apiGroups: [certificates.k8s.io], resources: [signers], resourceNames: [kubernetes.io/kubelet-serving], verbs: [approve]}
- {apiGroups: [""], resources: [nodes], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: $ACCOUNT
  labels: {app.kubernetes.io/managed-by: secure-metrics-server, app.kubernetes.io/part-of: secure-metrics-server}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: $ACCOUNT}
subjects: [{kind: ServiceAccount, name: $ACCOUNT, namespace: kube-system}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: $ACCOUNT
  namespace: default
  labels: {app.kubernetes.io/managed-by: secure-metrics-server, app.kubernetes.io/part-of: secure-metrics-server}
rules:
- {apiGroups: [""], resources: [services], resourceNames: [kubernetes], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: $ACCOUNT
  namespace: default
  labels: {app.kubernetes.io/managed-by: secure-metrics-server, app.kubernetes.io/part-of: secure-metrics-server}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: $ACCOUNT}
subjects: [{kind: ServiceAccount, name: $ACCOUNT, namespace: kube-system}]
YAML
}

# Which of these objects there are: kind, uid, resourceVersion and whose, a line each.
list_objects() {
    template='{{range .items}}{{.kind}} {{.metadata.uid}} {{.metadata.resourceVersion}} {{with .metadata.labels -}}
{{index . "app.kubernetes.io/part-of"}}{{end}}{{"\n"}}{{end}}'
    admin get --namespace=kube-system --ignore-not-found "serviceaccount/$ACCOUNT" "secret/$ACCOUNT" \
        "clusterrole/$ACCOUNT" "clusterrolebinding/$ACCOUNT" -o go-template="$template" &&
        admin get --namespace=default --ignore-not-found "role/$ACCOUNT" "rolebinding/$ACCOUNT" -o go-template="$template"
}

# The name of each of them; every control plane has its own.
name_account() { ACCOUNT=secure-metrics-server-approver-$NODE_NAME; }

# Makes the objects and the kubeconfig, and shows that the approver works with it before it replaces an older one. Prints
# what changed.
make_credential() {
    name_account
    list_objects >"$WORK/objects-before" ||
        fail 71 "the API server does not answer: $(kubectl_problem); expected it to; next: kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes"
    foreign=$(awk '$4 != "secure-metrics-server" { print tolower($1); exit }' "$WORK/objects-before")
    [ -z "$foreign" ] ||
        fail 71 "there is a $foreign $ACCOUNT that is not of this package; expected none; next: kubectl get $foreign $ACCOUNT -A -o yaml, and remove or rename it"
    # A token that is not on this machine is on another one, such as the disk that it had before it was made anew.
    if [ ! -s "$CREDENTIAL" ] && grep -qi '^secret ' "$WORK/objects-before"; then
        remove_objects kube-system secret >/dev/null
    fi
    objects_text >"$WORK/objects.yaml"
    # A fresh token and fresh rights take a moment to count; an API server that hangs must not take the whole roll-out's time.
    tries=0 last=$(($(now) + 120))
    until apply_objects && write_kubeconfig && try_approver && try_rights; do
        tries=$((tries + 1))
        { [ "$tries" -lt 5 ] && [ "$(now)" -lt "$last" ]; } || fail 71 "$problem; expected it to work; next: $next"
        pause
    done
    list_objects >"$WORK/objects-after" || :
    cmp -s "$WORK/objects-before" "$WORK/objects-after" || echo objects
    put "$CREDENTIAL" 0600 <"$WORK/kubeconfig"
    remove_orphans
}

# A control plane that died could not take its credential along, and the token has no end. It goes when no inventory here names
# that control plane and the cluster has no such Node any more. Prints what it removed.
remove_orphans() {
    admin get serviceaccount --namespace=kube-system --selector=app.kubernetes.io/part-of=secure-metrics-server \
        -o go-template='{{range .items}}{{.metadata.name}}{{"\n"}}{{end}}' >"$WORK/accounts" || return 0
    sed -n 's/^control-planes: *//p' "$INVENTORIES"/* | tr ' ' '\n' >"$WORK/control-planes"
    sed -n 's/^secure-metrics-server-approver-\([a-z0-9.-]*\)$/\1/p' "$WORK/accounts" >"$WORK/holders"
    while read -r holder; do
        if grep -qxF "$holder" "$WORK/control-planes"; then continue; fi
        admin get node "$holder" --ignore-not-found -o name >"$WORK/node" || continue
        [ ! -s "$WORK/node" ] || continue
        log "removing the approver's credential of $holder, which is no Node any more"
        ACCOUNT=secure-metrics-server-approver-$holder
        remove_all_objects
    done <"$WORK/holders"
    name_account
}

apply_objects() {
    applied=1
    if admin apply --server-side --force-conflicts --field-manager=secure-metrics-server -f "$WORK/objects.yaml" \
        >/dev/null; then
        return 0
    fi
    problem="kubectl cannot make $ACCOUNT: $(kubectl_problem)"
    next="kubectl --kubeconfig /etc/kubernetes/admin.conf auth can-i create clusterroles"
    return 1
}

# The server and its CA are admin.conf's; the token goes from the API server to the file, past every command line.
write_kubeconfig() {
    problem="admin.conf has no server with a certificate authority"
    next="kubectl --kubeconfig /etc/kubernetes/admin.conf config view"
    admin config view --raw --minify --flatten -o go-template='apiVersion: v1
kind: Config
current-context: approver
contexts: [{name: approver, context: {cluster: cluster, user: approver}}]
clusters:
- name: cluster
  cluster:
{{range .clusters}}{{with .cluster}}    server: {{printf "%q" .server}}
{{with index . "certificate-authority-data"}}    certificate-authority-data: {{.}}
{{end}}{{with index . "tls-server-name"}}    tls-server-name: {{printf "%q" .}}
{{end}}{{end}}{{end}}users:
- name: approver
  user:
    token: ' >"$WORK/kubeconfig" || return 1
    grep -q '^    certificate-authority-data: .' "$WORK/kubeconfig" || return 1
    problem="the Secret $ACCOUNT has no token"
    next="kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system describe secret $ACCOUNT"
    admin get --namespace=kube-system secret "$ACCOUNT" \
        -o go-template='{{with .data}}{{with .token}}{{base64decode .}}{{end}}{{end}}' >"$WORK/token" || return 1
    [ -s "$WORK/token" ] || return 1
    { cat "$WORK/token" && echo; } >>"$WORK/kubeconfig"
}

# Can the approver read the cluster and its inventory? Else the first notice would be a missing certificate.
try_approver() {
    {
        ROOT=$ROOT timeout 60 sh "$LIBRARY/approver.sh" check --kubeconfig "$WORK/kubeconfig" 2>&1 || echo failed
    } | tail -n 2 >"$WORK/check"
    [ "$(tail -n 1 "$WORK/check")" = failed ] || return 0
    problem="the approver's $(head -n 1 "$WORK/check" | cut -c 1-300)"
    next="kubectl --kubeconfig /etc/kubernetes/admin.conf get csr"
    return 1
}

# A look approves nothing and may meet no request, so the API server is asked about the other rights.
try_rights() {
    for right in \
        '"verb": "update", "group": "certificates.k8s.io", "resource": "certificatesigningrequests", "subresource": "approval"' \
        '"verb": "approve", "group": "certificates.k8s.io", "resource": "signers", "name": "kubernetes.io/kubelet-serving"' \
        '"verb": "get", "resource": "nodes"' \
        '"verb": "get", "resource": "services", "namespace": "default", "name": "kubernetes"'; do
        printf '{"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": {%s}}}\n' \
            "$right" >"$WORK/review"
        bounded_kubectl 60 15 "$WORK/kubeconfig" create --raw /apis/authorization.k8s.io/v1/selfsubjectaccessreviews \
            -f "$WORK/review" 2>"$WORK/kubectl" | head -c 65536 >"$WORK/answer"
        if grep -q '"allowed": *true' "$WORK/answer"; then continue; fi
        problem="the approver's account may not do this: $right"
        next="kubectl --kubeconfig /etc/kubernetes/admin.conf describe clusterrole $ACCOUNT"
        return 1
    done
}

# Removes the objects; those that somebody else made under that name stay. Prints what it removed.
remove_credential() {
    name_account
    if [ ! -r "$ROOT/etc/kubernetes/admin.conf" ]; then
        log "warning: left $ACCOUNT in the cluster: this node has no /etc/kubernetes/admin.conf any more; next, on another control plane: kubectl -n kube-system delete serviceaccount,secret $ACCOUNT; kubectl delete clusterrole,clusterrolebinding $ACCOUNT; kubectl -n default delete role,rolebinding $ACCOUNT"
        return 0
    fi
    require_tools kubectl tail tr
    remove_all_objects
}

remove_all_objects() {
    remove_objects default rolebinding,role
    remove_objects kube-system clusterrolebinding,clusterrole
    remove_objects kube-system secret,serviceaccount
}

remove_objects() { # NAMESPACE KINDS
    admin delete "$2" --namespace="$1" --selector=app.kubernetes.io/part-of=secure-metrics-server \
        --field-selector="metadata.name=$ACCOUNT" --wait=false ||
        fail 71 "kubectl cannot delete $2 $ACCOUNT: $(kubectl_problem); expected an answer; next: kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes"
}
