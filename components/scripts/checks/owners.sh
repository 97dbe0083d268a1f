# shellcheck shell=sh
# Whose an installed metrics-server is, and who would put it back. Reads only. Sent behind common.sh, kubectl.sh and cluster.sh.

# Everything that upstream's manifests and chart make under the names that this package uses.
OBJECTS="apiservice/$APISERVICE deployment/metrics-server service/metrics-server poddisruptionbudget/metrics-server
serviceaccount/metrics-server rolebinding/metrics-server-auth-reader clusterrole/system:metrics-server
clusterrole/system:aggregated-metrics-reader clusterrolebinding/system:metrics-server
clusterrolebinding/metrics-server:system:auth-delegator"
# What is to be known of an object, a line each; every text that others wrote is quoted.
# shellcheck disable=SC2016 # variables of the template, not of the shell
FACTS='{{define "facts"}}{{printf "object %s/%s\nuid %s\nversion %s\napi %s\n" .kind .metadata.name .metadata.uid .metadata.resourceVersion .apiVersion}}{{range $k, $v := .metadata.labels}}{{printf "label %+q %+.100q\n" $k $v}}{{end}}{{range $k, $v := .metadata.annotations}}{{printf "annotation %+q %+.100q\n" $k $v}}{{end}}{{range .metadata.ownerReferences}}{{printf "owner %+q %+.100q\n" .kind .name}}{{end}}{{range .metadata.managedFields}}{{printf "manager %+.100q\n" .manager}}{{end}}{{with .spec}}{{with .service}}{{printf "service %+.100q\n" (printf "%s/%s" .namespace .name)}}{{end}}{{if .insecureSkipTLSVerify}}{{"skip true\n"}}{{end}}{{with .caBundle}}{{printf "bundle %s\n" .}}{{end}}{{range $k, $v := .selector}}{{printf "selector %v=%v\n" $k $v}}{{end}}{{end}}{{end}}{{if eq .kind "List"}}{{range .items}}{{template "facts" .}}{{end}}{{else}}{{template "facts" .}}{{end}}'

# Leaves what is known of those objects that are there in $WORK/objects.
read_objects() { # TYPE/NAME...
    kube_into "$WORK/objects" "$ONE_LIST" get "$@" -n "$NAMESPACE" --ignore-not-found -o go-template="$FACTS" ||
        fail 71 "cannot read $1 and others: $(complaint); expected an answer; next: kubectl --kubeconfig=/etc/kubernetes/admin.conf -n $NAMESPACE get $*"
}

# Leaves the objects that somebody else made in `foreign`, who they say made them in `makers`, and why some cannot be taken over in
# $WORK/refusals, a line each.
find_foreign() { # TYPE/NAME...
    read_objects "$@"
    judge <"$WORK/objects" >"$WORK/judged"
    foreign=$(sed -n 's/^foreign / /p' "$WORK/judged" | tr -d '\n')
    makers=$(sed -n 's/^maker //p' "$WORK/judged" | awk '!seen[$0]++ { printf "%s %s", (NR > 1 ? "," : ""), $0 }')
    sed -n 's/^refusal /takeOver cannot take over: /p' "$WORK/judged" >"$WORK/refusals"
    # Argo CD marks what it makes from a chart with nothing but the release's name.
    rendered=$(sed -n 's/^rendered //p' "$WORK/judged" | head -n 1)
    if [ -n "$rendered" ] && kube_into "$WORK/applications" "$ONE_ANSWER" get --raw /apis/argoproj.io; then
        echo "takeOver cannot take over: $rendered was made from a chart and not by Helm, and the cluster has Argo CD, whose Applications do that; expected nobody who would change it back; next: take metrics-server out of its Application; if none has it: kubectl -n $NAMESPACE label $rendered helm.sh/chart-" >>"$WORK/refusals"
    fi
}

# Whose each object is, by its marks. Without server-side apply, the provider says `pulumi` in managed-by of ours.
judge() {
    addons=yes
    if is_kubespray; then addons=no; fi
    awk -v addons="$addons" -v api="apiservice/$APISERVICE" '
        BEGIN { own = "\"kube-system/metrics-server\"" }
        function bare(text) { return substr(text, 2, length(text) - 2) }
        function plain(text) { return bare(text) ~ /^[A-Za-z0-9._-]+$/ ? bare(text) : text }
        function refuse(who, next_step) {
            if (refusal == "") refusal = object " belongs to " who " (" kind " " key " " value "); expected nobody who would change it back; next: " next_step
        }
        function finish() {
            if (object == "" || ours) return
            print "foreign " object
            maker = managed == "" ? "kubectl or another tool" : plain(managed)
            if (release != "") maker = "Helm release " release
            if (object ~ /^apiservice\// && service != own) maker = maker " (the API is served by Service " plain_service(service) ")"
            print "maker " maker
            if (object == api && service != own)
                print "refusal " object " points at Service " service "; expected kube-system/metrics-server, whose place the new one takes; next: remove that installation (kubectl delete " object "; with Helm: helm uninstall)"
            if (refusal != "") print "refusal " refusal
            else if (chart && release == "") print "rendered " object
        }
        function plain_service(text) { return bare(text) ~ /^[A-Za-z0-9.\/-]+$/ ? bare(text) : text }
        $1 == "object" {
            finish()
            object = tolower(substr($2, 1, index($2, "/"))) substr($2, index($2, "/") + 1)
            ours = chart = 0; managed = release = service = refusal = ""
            next
        }
        { kind = $1; key = $2; value = substr($0, length($1) + length($2) + 3); name = bare(key) }
        kind == "service" { service = key; next }
        kind == "owner" { refuse("another object", "remove that object, or what keeps it there"); next }
        kind != "label" && kind != "annotation" { next }
        name == "app.kubernetes.io/managed-by" { managed = value; if (value == "\"secure-metrics-server\"") ours = 1 }
        name == "app.kubernetes.io/part-of" && value == "\"secure-metrics-server\"" { ours = 1 }
        name == "meta.helm.sh/release-name" { release = value }
        name == "helm.sh/chart" { chart = 1 }
        name ~ /^argocd\.argoproj\.io\// { refuse("Argo CD", "take metrics-server out of its Application without deleting it (sync option Prune=false), then take this mark off") }
        name ~ /^(kustomize|helm)\.toolkit\.fluxcd\.io\// { refuse("Flux", "take metrics-server out of what Flux applies, with pruning off (kustomize.toolkit.fluxcd.io/prune: disabled), then take this mark off") }
        name ~ /^olm\./ || name ~ /^operators\.coreos\.com\// { refuse("the Operator Lifecycle Manager", "remove its Subscription and ClusterServiceVersion") }
        name ~ /^objectset\.rio\.cattle\.io\// { refuse("k3s, RKE2 or Rancher", "turn its metrics-server off there (--disable metrics-server)") }
        name == "addonmanager.kubernetes.io/mode" && addons == "yes" && value != "\"EnsureExists\"" { refuse("an addon manager", "turn the add-on off where the cluster is made; if no addon manager runs, take this label off") }
        name ~ /^eks\.amazonaws\.com\// || (name == "app.kubernetes.io/managed-by" && value == "\"EKS\"") { refuse("an add-on of EKS", "remove the add-on metrics-server (aws eks delete-addon --preserve), then take this mark off") }
        name ~ /^(components|addonmanager)\.gke\.io\// { refuse("GKE", "keep it: GKE does not let it go") }
        name ~ /^kubernetes\.azure\.com\// { refuse("AKS", "keep it: AKS does not let it go") }
        END { finish() }'
}

# Kubespray keeps its manifests here, and gives them the label of an addon manager without having one.
is_kubespray() {
    [ -d "$ROOT/etc/kubernetes/addons/metrics_server" ]
}

# What is told of an installation that is going to be taken over.
tell_what_is_taken() {
    log "takeOver: takes over metrics-server, made by$makers: its pods serve until the new ones do; kubectl top and autoscalers notice nothing, and who asks its pods by their own addresses asks the new ones then"
    # Lines that are shown whole.
    printf '%s\n' "$foreign" | fold -s -w 250 | while IFS= read -r line; do log "takeOver: takes over ${line# }"; done
    if is_kubespray; then
        log "warning: kubespray has installed metrics-server (/etc/kubernetes/addons/metrics_server); expected it to leave it alone; next: set metrics_server_enabled: false in its inventory first, otherwise its next run puts the old one back"
    fi
}

# Of two generations of pods, nobody can tell which one has to go on serving. One that serves nothing is no loss.
check_rolled_out() {
    kube_into "$WORK/rollout" "$ONE_ANSWER" get deployment/metrics-server -n "$NAMESPACE" --ignore-not-found \
        -o go-template='{{.spec.replicas}} {{.status.replicas}} {{.status.updatedReplicas}} {{.status.availableReplicas}}' ||
        fail 71 "cannot read deployment/metrics-server: $(complaint)"
    wanted='' all='' updated='' available=''
    read -r wanted all updated available <"$WORK/rollout" || :
    case ${available:-0} in *[!0-9]* | 0) return 0 ;; esac
    [ "$wanted $wanted" = "$all $updated" ] ||
        echo "takeOver cannot take over: deployment/metrics-server is in the middle of a roll-out; expected all of its pods of one kind; next: kubectl -n $NAMESPACE rollout status deployment/metrics-server" >>"$WORK/refusals"
}
