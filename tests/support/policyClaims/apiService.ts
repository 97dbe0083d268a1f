import {
    ADDON,
    API_SERVICE,
    argo,
    ASSIGN,
    base64,
    configMap,
    flux,
    HELM_RELEASE,
    kyverno,
    MUTATING,
    pod,
    RELEASE,
    SECRET,
    VALIDATING,
    type Claims,
    type Resource,
} from "./claim";

const spec = { insecureSkipTLSVerify: true };
const MANIFEST = "kind: APIService\nspec:\n    insecureSkipTLSVerify: true\n";
const release = (values: object, chart = "x"): Resource => [RELEASE, { chart, values }];
const patch = (op: string): string =>
    `- { op: ${op}, path: /spec/insecureSkipTLSVerify, value: true }`;
const verified = { apiService: { insecureSkipTLSVerify: false } };
const cel = (expression: string): Resource => [
    MUTATING,
    { spec: { mutations: [{ jsonPatch: { expression } }] } },
];

export const API_SERVICES: Claims = {
    refused: [
        {
            says: "an APIService with `insecureSkipTLSVerify: true`, alone, in a list, as a patch, in any version",
            shownBy: [
                [API_SERVICE, { spec }],
                [`${API_SERVICE}Patch`, { spec }],
                [`${API_SERVICE}List`, { items: [{ spec }] }],
                ["kubernetes:apiregistration.k8s.io/v1beta1:APIService", { spec }],
            ],
        },
        {
            says: 'any value of it but false: "true", "True", "yes", "on", 1',
            shownBy: ["true", "True", "yes", "on", 1].map((value) => [
                API_SERVICE,
                { spec: { insecureSkipTLSVerify: value } },
            ]),
        },
        {
            says: "the setting in a manifest or script in a ConfigMap or Secret, or in a command: block or flow style, JSON, base64, a template, a JSON patch",
            shownBy: [
                configMap("a.yaml", MANIFEST),
                configMap("a.yaml", "spec: {insecureSkipTLSVerify: true}"),
                configMap("a.json", '{"spec":{"insecureSkipTLSVerify":true}}'),
                configMap("a.json", '{"insecureSkip\\u0054LSVerify":true}'),
                configMap("a.yaml", "t: &t true\nspec:\n    insecureSkipTLSVerify: *t\n"),
                configMap("a.yaml", "x: !Ref y\ninsecureSkipTLSVerify: true\n"),
                configMap("a.yaml", "insecureSkipTLSVerify: false\ninsecureSkipTLSVerify: true\n"),
                configMap("a.tpl", "{{ if .x }}\nspec: {insecureSkipTLSVerify: yes}\n{{ end }}"),
                configMap("a.tpl", "spec:\n    insecureSkipTLSVerify: {{ .x }}\n"),
                configMap("a.sh", "helm install x --set apiService.insecureSkipTLSVerify=true"),
                configMap("a.yaml", patch("add")),
                configMap(
                    "a.yaml",
                    "- { op: copy, from: /spec/x, path: /spec/insecureSkipTLSVerify }",
                ),
                [SECRET, { stringData: { a: MANIFEST } }],
                [SECRET, { data: { a: base64(MANIFEST) } }],
                ["kubernetes:core/v1:ConfigMap", { binaryData: { a: base64(MANIFEST) } }],
                pod({
                    command: [
                        "sh",
                        "-c",
                        `kubectl patch -p '{"spec":{"insecureSkipTLSVerify":true}}'`,
                    ],
                }),
                pod({
                    command: [
                        "sh",
                        "-c",
                        `kubectl patch --type=json -p '[{"op":"add","path":"/spec/insecureSkipTLSVerify","value":true}]'`,
                    ],
                }),
            ],
        },
        {
            says: "the setting in values of a Helm release, of charts inside the chart, of Argo CD, of Flux, of an EKS add-on, and in patches of kustomize",
            shownBy: [
                release({ apiService: spec }),
                release({ "metrics-server": { apiService: spec } }),
                argo("x", { values: "apiService: {insecureSkipTLSVerify: true}" }),
                argo("x", { valuesObject: { apiService: spec } }),
                argo("x", {
                    parameters: [{ name: "apiService.insecureSkipTLSVerify", value: "true" }],
                }),
                flux("x", { values: { apiService: spec } }),
                flux("x", { postRenderers: [{ kustomize: { patches: [{ patch: MANIFEST }] } }] }),
                flux("x", {
                    postRenderers: [{ kustomize: { patches: [{ patch: patch("replace") }] } }],
                }),
                [ADDON, { configurationValues: '{"apiService":{"insecureSkipTLSVerify":true}}' }],
            ],
        },
        {
            says: "a policy of the cluster that makes the setting: Kyverno `mutate`, Gatekeeper's Assign, a MutatingAdmissionPolicy",
            shownBy: [
                kyverno({ mutate: { patchStrategicMerge: { spec } } }),
                kyverno({ mutate: { patchesJson6902: patch("add") } }),
                [
                    ASSIGN,
                    {
                        spec: {
                            location: "spec.insecureSkipTLSVerify",
                            parameters: { assign: { value: true } },
                        },
                    },
                ],
                cel('[JSONPatch{op: "add", path: "/spec/insecureSkipTLSVerify", value: true}]'),
                cel('[JSONPatch{op: "add", value: true, path: "/spec/insecureSkipTLSVerify"}]'),
                cel("Object{spec: Object.spec{insecureSkipTLSVerify: true}}"),
            ],
        },
        {
            says: "a chart named metrics-server that is not told `apiService.insecureSkipTLSVerify: false`: as a Helm release, by Flux, Argo CD or k3s",
            shownBy: [
                release({}, "metrics-server"),
                release({ apiService: { insecureSkipTLSVerify: null } }, "metrics-server"),
                release({}, "oci://registry.example.com/charts/metrics-server:3.13.0"),
                release({}, "./metrics-server-3.13.0.tgz"),
                flux("metrics-server", {}),
                flux("metrics-server", { valuesFrom: [{ kind: "ConfigMap", name: "values" }] }),
                [
                    HELM_RELEASE,
                    { spec: { chartRef: { kind: "OCIRepository", name: "metrics-server" } } },
                ],
                argo("metrics-server"),
                argo("metrics-server", { values: "replicas: 2" }),
                argo("metrics-server", { valueFiles: ["values.yaml"] }),
                [
                    "kubernetes:argoproj.io/v1alpha1:Application",
                    { spec: { sources: [{ chart: "x" }, { chart: "metrics-server" }] } },
                ],
                ["kubernetes:helm.cattle.io/v1:HelmChart", { spec: { chart: "metrics-server" } }],
                configMap(
                    "app.yaml",
                    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {source: {chart: metrics-server}}\n",
                ),
            ],
        },
        {
            says: "values for a chart `metrics-server` inside another chart that are not told so",
            shownBy: [
                release({ "metrics-server": { enabled: true } }),
                release({ "metrics-server": { replicas: 2 } }),
                flux("x", { values: { "metrics-server": { enabled: true } } }),
                argo("x", { values: "metrics-server: {enabled: true}" }),
                argo("x", { parameters: [{ name: "metrics-server.enabled", value: "true" }] }),
                argo("x", {
                    values: "metrics-server: {enabled: false}",
                    parameters: [{ name: "metrics-server.enabled", value: "true" }],
                }),
                release({ monitoring: { "metrics-server": { enabled: true } } }),
            ],
        },
    ],
    allowed: [
        {
            says: "an APIService with a `caBundle`, with `false`, or without a server of its own",
            shownBy: [
                [API_SERVICE, { spec: { caBundle: "" } }],
                [API_SERVICE, { spec: { insecureSkipTLSVerify: false } }],
                [API_SERVICE, { spec: { group: "apps" } }],
                configMap("a.yaml", "spec: { insecureSkipTLSVerify: false }"),
                configMap("a.tpl", "{{ x }}\nspec: { insecureSkipTLSVerify: false }"),
            ],
        },
        {
            says: "a chart of metrics-server that is told `false`, wherever that stands, or that makes no APIService",
            shownBy: [
                release(verified, "metrics-server"),
                release({ apiService: { create: false } }, "metrics-server"),
                release({ "metrics-server": verified }),
                release({ "metrics-server": { enabled: false } }),
                flux("metrics-server", { values: verified }),
                argo("metrics-server", { values: "apiService: {insecureSkipTLSVerify: false}" }),
                argo("metrics-server", {
                    values: "name: {{ .name }}\napiService:\n    insecureSkipTLSVerify: false\n",
                }),
                argo("metrics-server", { valuesObject: verified }),
                argo("metrics-server", {
                    parameters: [{ name: "apiService.insecureSkipTLSVerify", value: "false" }],
                }),
                [
                    "kubernetes:helm.cattle.io/v1:HelmChart",
                    {
                        spec: {
                            chart: "metrics-server",
                            set: { "apiService.insecureSkipTLSVerify": "false" },
                        },
                    },
                ],
                argo("x", {
                    values: "metrics-server: {enabled: true}",
                    parameters: [
                        { name: "metrics-server.apiService.insecureSkipTLSVerify", value: "false" },
                    ],
                }),
                release({}, "prometheus"),
            ],
        },
        {
            says: "a policy of the cluster that forbids the setting, and a schema or a text that describes it",
            shownBy: [
                kyverno({ validate: { pattern: { spec: { "=(insecureSkipTLSVerify)": true } } } }),
                kyverno({ validate: { deny: { conditions: { insecureSkipTLSVerify: true } } } }),
                [
                    VALIDATING,
                    {
                        spec: {
                            validations: [
                                { expression: "object.spec.insecureSkipTLSVerify == false" },
                            ],
                        },
                    },
                ],
                cel("Object{spec: Object.spec{insecureSkipTLSVerify: false}}"),
                configMap("a.yaml", patch("test")),
                [
                    "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
                    { spec: { properties: { insecureSkipTLSVerify: { type: "boolean" } } } },
                ],
                configMap("runbook.md", "Never write insecureSkipTLSVerify: true."),
            ],
        },
    ],
};
