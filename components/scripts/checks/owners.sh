# shellcheck shell=sh
# Whose an installed metrics-server is, and who would put it back. Reads only. Sent behind common.sh, kubectl.sh and cluster.sh.
# Header: TAKE_OVER ("true" where an installation of somebody else is going to be taken over).

# Everything that upstream's manifests and chart make under the names that this package uses.
OBJECTS="apiservice/$APISERVICE deployment/metrics-server service/metrics-server poddisruptionbudget/metrics-server
serviceaccount/metrics-server rolebinding/metrics-server-auth-reader clusterrole/system:metrics-server
clusterrole/system:aggregated-metrics-reader clusterrolebinding/system:metrics-server
clusterrolebinding/metrics-server:system:auth-delegator"
# The Service that this package makes, and the only one whose API it takes over.
OWN_SERVICE=$NAMESPACE/metrics-server
# What marks an object: its labels, its annotations and its owners, a line each, every text quoted.
# shellcheck disable=SC2016 # variables of the template, not of the shell
MARKS='{{range $k, $v := .metadata.labels}}{{printf "label %+q %+.200q\n" $k $v}}{{end}}{{range $k, $v := .metadata.annotations}}{{printf "annotation %+q %+.200q\n" $k $v}}{{end}}{{range .metadata.ownerReferences}}{{printf "owner %+q %+.200q\n" .kind .name}}{{end}}'

# Leaves all objects that somebody else made in `foreign`, who they say made them in `makers`, and why some cannot be taken over
# in $WORK/refusals, a line each.
find_owners() {
    foreign='' makers='' applications=''
    : >"$WORK/refusals"
    for object in $OBJECTS; do
        before=$foreign
        check_owner "$object"
        [ "$foreign" = "$before" ] || check_takeable "$object"
    done
}

# Adds an object to `foreign` and its maker to `makers` if it is somebody else's.
check_owner() { # TYPE/NAME
    kube_into "$WORK/owner" "$ONE_ANSWER" get "$1" -n "$NAMESPACE" --ignore-not-found \
        -o jsonpath='{.metadata.labels.app\.kubernetes\.io/managed-by}|{.metadata.annotations.meta\.helm\.sh/release-name}|{.spec.service.namespace}/{.spec.service.name}|{.metadata.labels.app\.kubernetes\.io/part-of}' ||
        fail 71 "cannot read $1: $(complaint)"
    [ -s "$WORK/owner" ] || return 0
    IFS='|' read -r managed release service part <"$WORK/owner" || :
    # Without server-side apply, the provider says `pulumi` in managed-by.
    if [ "$managed" = secure-metrics-server ] || [ "$part" = secure-metrics-server ]; then return 0; fi
    maker=${managed:-kubectl or another tool}
    if [ -n "$release" ]; then maker="Helm release $(quoted "$release" 60)"; fi
    case $1 in apiservice/*) maker="$maker (the API is served by Service $service)" ;; esac
    foreign="$foreign $1"
    case $makers in *" $maker,"*) ;; *) makers="$makers $maker," ;; esac
}

# Whether an object can be taken over: not where somebody would change it back, or where other objects serve the API.
check_takeable() { # TYPE/NAME
    if [ "$1" = "apiservice/$APISERVICE" ] && [ "$service" != "$OWN_SERVICE" ]; then
        refusal "$1 points at Service $(quoted "$service" 100)" "$OWN_SERVICE, whose place the new one takes" \
            "remove that installation (kubectl delete apiservice $APISERVICE; with Helm: helm uninstall)"
    fi
    read_marks "$1"
    reconciler "$1" <"$WORK/marks" >"$WORK/reconciler"
    [ ! -s "$WORK/reconciler" ] || cat "$WORK/reconciler" >>"$WORK/refusals"
    if [ -z "$release" ] && grep -q '^label "helm.sh/chart"' "$WORK/marks" && has_applications; then
        refusal "$1 was made from a chart and not by Helm, and the cluster has Argo CD, whose Applications do that" \
            "nobody who would change it back" "take metrics-server out of its Application; if none has it, kubectl -n $NAMESPACE label $1 helm.sh/chart-"
    fi
}

read_marks() { # TYPE/NAME
    kube_into "$WORK/marks" "$ONE_ANSWER" get "$1" -n "$NAMESPACE" --ignore-not-found -o go-template="$MARKS" ||
        fail 71 "cannot read $1: $(complaint)"
}

refusal() { # FOUND EXPECTED NEXT
    printf 'takeOver cannot take over: %s; expected %s; next: %s\n' "$1" "$2" "$3" >>"$WORK/refusals"
}

# Argo CD marks what it makes with nothing but the release's name, as Helm does.
has_applications() {
    if [ -z "$applications" ]; then
        applications=no
        if kube_into "$WORK/applications" "$ONE_ANSWER" get --raw /apis/argoproj.io; then applications=yes; fi
    fi
    [ "$applications" = yes ]
}

# Who changes an object back, by its marks, as a refusal. Kubespray's label of an addon manager is there without one.
reconciler() { # TYPE/NAME
    addon_manager=yes
    if is_kubespray; then addon_manager=no; fi
    awk -v object="$1" -v addon_manager="$addon_manager" '
        function say(who, next_step) {
            if (who in said) return
            said[who] = 1
            print "takeOver cannot take over: " object " belongs to " who " (" kind " " key " " value "); expected nobody who would change it back; next: " next_step
        }
        {
            kind = $1; key = $2; value = substr($0, length($1) + length($2) + 3)
            name = substr(key, 2, length(key) - 2)
        }
        kind == "owner" { say("another object", "remove that object, or what keeps it there"); next }
        name ~ /^argocd\.argoproj\.io\// { say("Argo CD", "take metrics-server out of its Application without deleting it (sync option Prune=false), then take this mark off") ; next }
        name ~ /^kustomize\.toolkit\.fluxcd\.io\// || name ~ /^helm\.toolkit\.fluxcd\.io\// { say("Flux", "take metrics-server out of what Flux applies, with pruning off (kustomize.toolkit.fluxcd.io/prune: disabled), then take this mark off"); next }
        name ~ /^olm\./ || name ~ /^operators\.coreos\.com\// { say("the Operator Lifecycle Manager", "remove its Subscription and ClusterServiceVersion"); next }
        name ~ /^objectset\.rio\.cattle\.io\// { say("k3s, RKE2 or Rancher", "turn its metrics-server off there (--disable metrics-server)"); next }
        name == "addonmanager.kubernetes.io/mode" && addon_manager == "yes" && value !~ /EnsureExists/ { say("an addon manager", "turn the add-on off where the cluster is made; if no addon manager runs, take this label off"); next }
        name ~ /^eks\.amazonaws\.com\// || (name == "app.kubernetes.io/managed-by" && value == "\"EKS\"") { say("an add-on of EKS", "remove the add-on metrics-server (aws eks delete-addon), or use MetricsServer alone"); next }
        name ~ /^components\.gke\.io\// || name ~ /^addonmanager\.gke\.io\// { say("GKE", "keep its metrics-server: GKE does not let it go"); next }
        name ~ /^kubernetes\.azure\.com\// { say("AKS", "keep its metrics-server: AKS does not let it go") }'
}

# It writes these files on its control planes, and the add-on's manifests on the first of them.
is_kubespray() {
    [ -d "$ROOT/etc/kubernetes/addons/metrics_server" ]
}

# What is told of an installation that is going to be taken over.
tell_what_is_taken() {
    log "takeOver: will be taken over:$foreign, made by${makers%,}; its pods serve until the new ones are ready, so kubectl top and autoscalers notice nothing; whoever asks its pods by their own addresses asks the new ones then"
    if is_kubespray; then
        log "warning: kubespray has installed metrics-server (/etc/kubernetes/addons/metrics_server); expected it to leave it alone; next: set metrics_server_enabled: false in its inventory first, otherwise its next run puts the old one back"
    fi
}

# Of two generations of pods, nobody can tell which one has to go on serving. One that serves nothing is no loss.
check_rolled_out() {
    kube_into "$WORK/rollout" "$ONE_ANSWER" get deployment/metrics-server -n "$NAMESPACE" --ignore-not-found \
        -o go-template='{{.spec.replicas}} {{.status.replicas}} {{.status.updatedReplicas}} {{.status.availableReplicas}}' ||
        fail 71 "cannot read deployment/metrics-server: $(complaint)"
    read -r wanted all updated available <"$WORK/rollout" || :
    case ${available:-0} in *[!0-9]* | 0) return 0 ;; esac
    [ "$wanted $wanted" = "$all $updated" ] ||
        refusal "deployment/metrics-server is in the middle of a roll-out" "all of its pods of one kind" \
            "kubectl -n $NAMESPACE rollout status deployment/metrics-server"
}
