# shellcheck shell=sh
# NetworkPolicies of kube-system that would cut metrics-server off. Sent behind cluster.sh, before preflight.sh.
# Header: HOST_NETWORK ("true" where metrics-server runs in the host's network, which no policy reaches).

POD_PORT=10250

check_network_policies() {
    [ "${HOST_NETWORK:-}" != true ] || return 0
    found=0
    list_policies || found=$?
    case $found in
        0) ;;
        2)
            finding "the NetworkPolicies of $NAMESPACE have more than $ONE_LIST bytes; expected less; next: kubectl get networkpolicies -n $NAMESPACE"
            return 0
            ;;
        *) fail 71 "cannot list NetworkPolicies: $(complaint)" ;;
    esac
    judge_policies <"$WORK/policies" >"$WORK/cut-off"
    while read -r direction policies; do
        case $direction in
            Ingress) finding "NetworkPolicies of $NAMESPACE keep the API server from metrics-server's pods: $policies; expected ingress from anywhere to TCP $POD_PORT (the API server is in the host's network); next: allow it in a policy for the pods with the label k8s-app=metrics-server, or use metricsServer.hostNetwork" ;;
            *) finding "NetworkPolicies of $NAMESPACE keep metrics-server's pods from the kubelets: $policies; expected egress to TCP $POD_PORT of all nodes and to the API server; next: allow it in a policy for the pods with the label k8s-app=metrics-server, or use metricsServer.hostNetwork" ;;
        esac
    done <"$WORK/cut-off"
}

# A line for each fact, with every text quoted:
#   policy NAME | type Ingress | label KEY VALUE | expression KEY OPERATOR VALUE... | rule ingress PEERS PORTS
list_policies() {
    kube_into "$WORK/policies" "$ONE_LIST" get networkpolicies -n "$NAMESPACE" -o go-template="$(policy_template | tr -d '\n')"
}

policy_template() {
    cat <<'TEMPLATE'
{{define "ports"}}
{{if .ports}}{{range .ports}}{{.protocol}}:{{with .port}}{{.}}{{else}}all{{end}}{{with .endPort}}-{{.}}{{end}},{{end}}{{else}}all{{end}}
{{end}}
{{define "peers"}}
{{if .}}{{range .}}{{if .ipBlock}}block{{else}}pods{{end}},{{end}}{{else}}all{{end}}
{{end}}
{{range .items}}{{printf "policy\t%+q\n" .metadata.name}}
{{with .spec}}
{{range .policyTypes}}{{printf "type\t%s\n" .}}{{end}}
{{with .podSelector}}
{{range $k, $v := .matchLabels}}{{printf "label\t%+q\t%+q\n" $k $v}}{{end}}
{{range .matchExpressions}}{{printf "expression\t%+q\t%s" .key .operator}}{{range .values}}{{printf "\t%+q" .}}{{end}}{{"\n"}}{{end}}
{{end}}
{{range .ingress}}{{"rule\tIngress\t"}}{{template "peers" .from}}{{"\t"}}{{template "ports" .}}{{"\n"}}{{end}}
{{range .egress}}{{"rule\tEgress\t"}}{{template "peers" .to}}{{"\t"}}{{template "ports" .}}{{"\n"}}{{end}}
{{end}}{{end}}
TEMPLATE
}

# Prints "Ingress NAMES" and "Egress NAMES" where policies select the pods and no rule of any of them lets the traffic through.
# Policies add up. A rule for pods never means what runs in the host's network; one with an ipBlock may.
judge_policies() {
    awk -F '\t' -v port="$POD_PORT" '
        BEGIN { own["\"k8s-app\""] = "\"metrics-server\"" }
        function opens(peers, ports,    count, part, i, range, low, high) {
            if (peers != "all" && peers !~ /block/) return 0
            if (ports == "all") return 1
            count = split(ports, part, ",")
            for (i = 1; i <= count; i++) {
                if (part[i] !~ /^TCP:/) continue
                sub(/^TCP:/, "", part[i])
                if (part[i] == "all" || part[i] == "https") return 1
                split(part[i] "-" part[i], range, "-"); low = range[1] + 0; high = range[2] + 0
                if (low <= port && port <= high) return 1
            }
            return 0
        }
        function judge(    type) {
            if (name == "" || !selects) return
            for (type in types) { by[type] = by[type] " " substr(name, 2, length(name) - 2); if (open[type]) allowed[type] = 1 }
        }
        $1 == "policy" { judge(); name = $2; selects = 1; split("", types); split("", open) }
        $1 == "type" { types[$2] = 1 }
        $1 == "label" && own[$2] != $3 { selects = 0 }
        $1 == "expression" {
            listed = 0
            for (i = 4; i <= NF; i++) if (($2 in own) && own[$2] == $i) listed = 1
            if ($3 == "In" && !listed) selects = 0
            if ($3 == "NotIn" && listed) selects = 0
            if ($3 == "Exists" && own[$2] == "") selects = 0
            if ($3 == "DoesNotExist" && own[$2] != "") selects = 0
        }
        $1 == "rule" && opens($3, $4) { open[$2] = 1 }
        END {
            judge()
            for (type in by) if (!(type in allowed)) print type by[type]
        }' | sort
}
