import {
    ADDON,
    argo,
    ASSIGN,
    base64,
    CONFIG_MAP,
    configMap,
    DEPLOYMENT,
    FLAG,
    flux,
    kyverno,
    MUTATING,
    POD,
    pod,
    RELEASE,
    SECRET,
    VALIDATING,
    withArgs,
    type Claims,
} from "./claim";

const containers = [{ args: ["--v=2", FLAG] }];

export const KUBELET: Claims = {
    refused: [
        {
            says: "the flag in a container of a workload, as an argument or in a line of shell",
            shownBy: [
                [DEPLOYMENT, { spec: { template: { spec: { containers } } } }],
                [
                    "kubernetes:apps/v1:DaemonSetPatch",
                    { spec: { template: { spec: { containers } } } },
                ],
                ["kubernetes:core/v1:PodList", { items: [{ spec: { containers } }] }],
                pod({ command: ["sh", "-c", `exec metrics-server ${FLAG}`] }),
                ["kubernetes:core/v1:Pod", { spec: { initContainers: containers } }],
            ],
        },
        {
            says: "its other spellings, and any value of it but false: `=true`, `=yes`, a separate `false`",
            shownBy: [
                withArgs(`${FLAG}=true`),
                withArgs(`${FLAG}=yes`),
                withArgs(FLAG, "false"),
                withArgs("--kubelet_insecure_tls"),
                withArgs("--deprecated-kubelet-completely-insecure"),
            ],
        },
        {
            says: "the flag that `$(NAME)` puts together from the container's `env`",
            shownBy: [
                pod({ args: ["$(F)"], env: [{ name: "F", value: FLAG }] }),
                pod({ args: ["--kubelet-$(F)"], env: [{ name: "F", value: "insecure-tls" }] }),
                pod({
                    args: ["$(ALL)"],
                    env: [
                        { name: "A", value: "--kubelet-" },
                        { name: "ALL", value: "$(A)insecure-tls" },
                    ],
                }),
                pod({ args: [`${FLAG}=$(F)`], env: [{ name: "F", value: "1" }] }),
                withArgs(`${FLAG}=$(UNKNOWN)`),
            ],
        },
        {
            says: "the flag as a value in a ConfigMap or Secret, which a container may take it from",
            shownBy: [
                configMap("FLAG", FLAG),
                [SECRET, { stringData: { FLAG } }],
                [SECRET, { data: { FLAG: base64(FLAG) } }],
            ],
        },
        {
            says: "the flag in a manifest or script in a ConfigMap or Secret: YAML in block or flow style, JSON, base64, a template",
            shownBy: [
                configMap("pod.yaml", `args:\n    - ${FLAG}\n`),
                configMap("pod.yaml", `spec: { containers: [{ args: [--v=2, ${FLAG}] }] }`),
                configMap("pod.yaml", `a: &a ["${FLAG}"]\nargs: *a\n`),
                configMap("pod.yaml", `args: !!binary ${base64(`exec metrics-server ${FLAG}`)}`),
                configMap("pod.json", `{"args":["--kubelet\\u002dinsecure-tls"]}`),
                configMap("pod.tpl", `args: [{{ .Values.args }}, ${FLAG}]`),
                configMap("run.sh", `#!/bin/sh\nexec metrics-server ${FLAG}\n`),
                [SECRET, { stringData: { "pod.yaml": `args: [${FLAG}]` } }],
                [SECRET, { data: { "pod.yaml": base64(`args: [${FLAG}]`) } }],
                [CONFIG_MAP, { binaryData: { pod: base64(`{"args":["${FLAG}"]}`) } }],
                configMap("run.sh", `#!/usr/bin/env -S metrics-server ${FLAG}\n`),
                configMap("pod.tpl", `{"name":"{{ x }}","args":["--kubelet\\u002dinsecure-tls"]}`),
                configMap("user-data", base64(`exec metrics-server ${FLAG}`)),
            ],
        },
        {
            says: "the flag in values of a Helm release, those of charts inside the chart included, also as a key",
            shownBy: [
                [RELEASE, { chart: "x", values: { args: [FLAG] } }],
                [RELEASE, { chart: "x", values: { extra: `run ${FLAG}` } }],
                [RELEASE, { chart: "x", values: { "metrics-server": { defaultArgs: [FLAG] } } }],
                [RELEASE, { chart: "x", values: { extraArgs: { "kubelet-insecure-tls": true } } }],
                [RELEASE, { chart: "x", values: { args: { "kubelet-insecure-tls": "yes" } } }],
            ],
        },
        {
            says: "the flag in an Application of Argo CD: `values`, `valuesObject`, `parameters`, patches of kustomize",
            shownBy: [
                argo("x", { values: `args: [${FLAG}]` }),
                argo("x", { values: `args:\n- ${FLAG}\n` }),
                argo("x", {
                    values: `apiVersion: constraints.gatekeeper.sh/v1\nkind: A\nspec: {args: [${FLAG}]}\n`,
                }),
                argo("x", { valuesObject: { args: [FLAG] } }),
                argo("x", { parameters: [{ name: "args[0]", value: FLAG }] }),
                [
                    "kubernetes:argoproj.io/v1alpha1:ApplicationSet",
                    {
                        spec: {
                            template: { spec: { source: { helm: { values: `args: [${FLAG}]` } } } },
                        },
                    },
                ],
                [
                    "kubernetes:argoproj.io/v1alpha1:Application",
                    {
                        spec: {
                            source: { kustomize: { patches: [{ patch: `args: ["${FLAG}"]` }] } },
                        },
                    },
                ],
            ],
        },
        {
            says: "the flag in Flux: values, post-renderers, and patches and substitutions of a Kustomization",
            shownBy: [
                flux("x", { values: { args: [FLAG] } }),
                flux("x", {
                    postRenderers: [
                        {
                            kustomize: {
                                patches: [
                                    {
                                        patch: `- op: add\n  path: /spec/template/spec/containers/0/args/-\n  value: ${FLAG}\n`,
                                    },
                                ],
                            },
                        },
                    ],
                }),
                [
                    "kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization",
                    { spec: { patches: [{ patch: `{"args":["${FLAG}"]}` }] } },
                ],
                [
                    "kubernetes:kustomize.toolkit.fluxcd.io/v1:Kustomization",
                    { spec: { postBuild: { substitute: { FLAG } } } },
                ],
            ],
        },
        {
            says: "a policy of the cluster that adds the flag: Kyverno `mutate` and `generate`, Gatekeeper's mutations, a MutatingAdmissionPolicy",
            shownBy: [
                kyverno({ mutate: { patchStrategicMerge: { spec: { containers } } } }),
                kyverno({
                    mutate: {
                        patchesJson6902: `- op: add\n  path: /spec/args/-\n  value: ${FLAG}\n`,
                    },
                }),
                kyverno({ generate: { data: { spec: { containers } } } }),
                [ASSIGN, { spec: { parameters: { assign: { value: FLAG } } } }],
                [
                    "kubernetes:mutations.gatekeeper.sh/v1:ModifySet",
                    { spec: { parameters: { operation: "merge", values: { fromList: [FLAG] } } } },
                ],
                [
                    MUTATING,
                    {
                        spec: {
                            mutations: [
                                {
                                    jsonPatch: {
                                        expression: `[JSONPatch{op: "add", path: "/spec/args/-", value: "${FLAG}"}]`,
                                    },
                                },
                            ],
                        },
                    },
                ],
                [
                    MUTATING,
                    {
                        spec: {
                            mutations: [
                                { applyConfiguration: { expression: `Object{args: ["${FLAG}"]}` } },
                            ],
                        },
                    },
                ],
            ],
        },
        {
            says: "a mutation that names the flag in order to remove it: the pack cannot tell the two apart",
            shownBy: [
                [
                    "kubernetes:mutations.gatekeeper.sh/v1:ModifySet",
                    { spec: { parameters: { operation: "prune", values: { fromList: [FLAG] } } } },
                ],
            ],
        },
        {
            says: "the flag in any other resource of the Kubernetes provider, and in an add-on of EKS",
            shownBy: [
                ["kubernetes:example.com/v1:MetricsServer", { spec: { extraArgs: [FLAG] } }],
                [
                    "kubernetes:helm.cattle.io/v1:HelmChart",
                    { spec: { valuesContent: `args: [${FLAG}]` } },
                ],
                [ADDON, { configurationValues: `{"args":["${FLAG}"]}` }],
                [ADDON, { configurationValues: `args:\n- ${FLAG}\n` }],
                ["aws-native:eks:Addon", { configurationValues: `{"args":["${FLAG}"]}` }],
                ["eks:index:Addon", { configurationValues: { args: [FLAG] } }],
            ],
        },
    ],
    allowed: [
        {
            says: "a workload without the flag, or with a false that Go reads as such, also by way of `$(NAME)`",
            shownBy: [
                withArgs("--kubelet-certificate-authority=/ca.crt"),
                withArgs(`${FLAG}=false`),
                withArgs(`${FLAG}=False`),
                withArgs(`${FLAG}=0`),
                withArgs(`${FLAG}=f`),
                withArgs(`${FLAG}="false"`),
                withArgs(`${FLAG}-not-this-one`),
                pod({ args: [`${FLAG}=$(F)`], env: [{ name: "F", value: "false" }] }),
                [RELEASE, { chart: "x", values: { args: { "kubelet-insecure-tls": false } } }],
            ],
        },
        {
            says: "a text that only speaks of the flag: an annotation, a `.md`, `.rst`, `.adoc` or `.txt` file, a line of comment",
            shownBy: [
                [POD, { metadata: { annotations: { note: `never ${FLAG}` } } }],
                configMap("runbook.md", `Do not use ${FLAG}.`),
                configMap("pod.yaml", `# never ${FLAG}\nargs: []\n`),
                configMap("run.sh", `#!/bin/sh\n# never ${FLAG}\nexec metrics-server\n`),
            ],
        },
        {
            says: "what a `Chart`, `ConfigGroup`, `ConfigFile` or `Directory` is made from: the objects that it renders are checked",
            shownBy: [
                ["kubernetes:helm.sh/v3:Chart", { values: { args: [FLAG] } }],
                ["kubernetes:helm.sh/v4:Chart", { values: { args: [FLAG] } }],
                ["kubernetes:yaml:ConfigGroup", { yaml: `args: [${FLAG}]` }],
                ["kubernetes:yaml/v2:ConfigGroup", { yaml: `args: [${FLAG}]` }],
                ["kubernetes:yaml/v2:ConfigFile", { file: FLAG }],
                ["kubernetes:kustomize/v2:Directory", { directory: FLAG }],
            ],
        },
        {
            says: "a policy of the cluster that forbids the flag: Kyverno `validate`, a ValidatingAdmissionPolicy, a constraint of Gatekeeper",
            shownBy: [
                kyverno({ validate: { pattern: { spec: { "=(args)": `!*${FLAG}*` } } } }),
                kyverno({ match: { any: [FLAG] }, validate: { message: `no ${FLAG}`, deny: {} } }),
                [
                    "kubernetes:policies.kyverno.io/v1alpha1:ValidatingPolicy",
                    { spec: { validations: [{ expression: `!('${FLAG}' in object.args)` }] } },
                ],
                [
                    VALIDATING,
                    { spec: { validations: [{ expression: `!('${FLAG}' in object.spec.args)` }] } },
                ],
                [
                    MUTATING,
                    {
                        spec: {
                            matchConditions: [{ expression: `'${FLAG}' in object.spec.args` }],
                        },
                    },
                ],
                [
                    "kubernetes:templates.gatekeeper.sh/v1:ConstraintTemplate",
                    { spec: { targets: [{ rego: `input.args[_] == "${FLAG}"` }] } },
                ],
                [
                    "kubernetes:constraints.gatekeeper.sh/v1beta1:NoArgs",
                    { spec: { parameters: { args: [FLAG] } } },
                ],
                configMap(
                    "policy.yaml",
                    `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nspec: { rules: [{ validate: { message: "no ${FLAG}" } }] }\n`,
                ),
            ],
        },
    ],
};
