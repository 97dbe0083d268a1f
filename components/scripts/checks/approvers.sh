# shellcheck shell=sh
# Who else approves the requests of kubelets. Reads only. Sent behind common.sh, kubectl.sh and cluster.sh.
# Header: APPROVER_MINOR or CSR_CONTROLLER, where an approver of this package is going to run; without both, somebody else's does.

# What runs in the cluster, a line each: kind, namespace, name, images and words, quoted.
# shellcheck disable=SC2016 # variables of the template, not of the shell
WORKLOADS='{{range .items}}{{$kind := .kind}}{{$spec := .spec.template}}{{with .spec.jobTemplate}}{{$spec = .spec.template}}{{end}}{{printf "%s %s/%s " .kind .metadata.namespace .metadata.name}}{{range $spec.spec.containers}}{{printf "%+.300q " .image}}{{if eq $kind "CronJob"}}{{range .command}}{{printf "%+.2000q " .}}{{end}}{{range .args}}{{printf "%+.2000q " .}}{{end}}{{end}}{{end}}{{"\n"}}{{end}}'

# With two approvers, the one that looks less closely decides.
warn_of_approvers() {
    [ -n "${APPROVER_MINOR:-}${CSR_CONTROLLER:-}" ] || return 0
    kube_into "$WORK/workloads" "$ONE_LIST" get deployments,daemonsets,cronjobs -A -o go-template="$WORKLOADS" || {
        log "warning: cannot see whether somebody else approves kubelets' requests: $(complaint); next: kubectl get deployments,cronjobs -A"
        return 0
    }
    other_approvers <"$WORK/workloads" >"$WORK/approvers"
    while IFS= read -r line; do log "warning: $line"; done <"$WORK/approvers"
}

# Controllers by their programs, and a CronJob by the command that it runs.
other_approvers() {
    awk -v own="$NAMESPACE/${CSR_CONTROLLER:-}" '
        function say(who) {
            print $1 " " $2 " (" who ") approves the requests of kubelets, too; expected one approver: of two, the one that looks less closely decides; next: remove it when this run has ended (kubectl delete " tolower($1) " -n " space " " name "), or keep it alone with csrApproval.mode \"external\""
        }
        $2 == own { next }
        { split($2, at, "/"); space = at[1]; name = at[2] }
        name !~ /^[a-z0-9.-]+$/ || space !~ /^[a-z0-9.-]+$/ { next }
        /[\/"]kubelet-csr-approver[:@"]/ { say("postfinance/kubelet-csr-approver"); next }
        /[\/"]kubelet-serving-cert-approver[:@"]/ { say("alex1989hu/kubelet-serving-cert-approver"); next }
        /[\/"]kubelet-rubber-stamp[:@"]/ { say("kubelet-rubber-stamp"); next }
        $1 == "CronJob" && /certificate" "approve|certificate +approve/ { say("a CronJob that runs kubectl certificate approve") }'
}
