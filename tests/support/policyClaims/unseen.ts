import { gzipSync } from "node:zlib";
import { EXPIRED } from "../caCertificates";
import {
    ADDON,
    APPLICATION,
    base64,
    configMap,
    FLAG,
    flux,
    MUTATING,
    pod,
    PROVIDER,
    RELEASE,
    SECRET,
    type Claim,
} from "./claim";

/** What the pack lets through although it may be insecure. */
export const UNSEEN: Claim[] = [
    {
        says: "what `$(NAME)` stands for when the container takes it from a ConfigMap, Secret or field (`valueFrom`, `envFrom`) or from its image; the whole flag in a ConfigMap or Secret of the stack is refused there",
        shownBy: [
            pod({
                args: ["$(F)"],
                env: [{ name: "F", valueFrom: { configMapKeyRef: { name: "flags", key: "F" } } }],
            }),
            configMap("F", "insecure-tls"),
            pod({ args: ["$(F)"], envFrom: [{ secretRef: { name: "flags" } }] }),
        ],
    },
    {
        says: "a flag or setting that a shell, a template or an expression puts together from parts",
        shownBy: [
            pod({ command: ["sh", "-c", "f=insecure; exec metrics-server --kubelet-$f-tls"] }),
            configMap("pod.tpl", "args: [--kubelet-{{ .how }}-tls]"),
            configMap("ytt.yaml", "insecureSkipTLSVerify: #@ data.values.skip\n"),
            [MUTATING, { spec: { mutations: [{ expression: `"--kubelet-" + "insecure-tls"` }] } }],
        ],
    },
    {
        says: "compressed, encrypted or otherwise encoded text, and base64 inside a longer line",
        shownBy: [
            [SECRET, { data: { a: gzipSync(`args: [${FLAG}]`).toString("base64") } }],
            configMap("a", Buffer.from(FLAG).toString("hex")),
            pod({ command: ["sh", "-c", `exec ms $(echo ${base64(FLAG)} | base64 -d)`] }),
        ],
    },
    {
        says: "values that lie elsewhere: `valuesFrom` of Flux, `valueFiles` of Argo CD, a folder in git",
        shownBy: [
            flux("x", { valuesFrom: [{ kind: "ConfigMap", name: "values" }] }),
            [
                APPLICATION,
                { spec: { source: { path: "x", helm: { valueFiles: ["values.yaml"] } } } },
            ],
            [APPLICATION, { spec: { source: { path: "apps/metrics-server" } } }],
        ],
    },
    {
        says: "a chart that has metrics-server inside without a word of it in its values, or under another name; the defaults of any other chart, and of an EKS add-on",
        shownBy: [
            [RELEASE, { chart: "platform", values: {} }],
            [RELEASE, { chart: "platform", values: { metrics: { enabled: true } } }],
            [ADDON, { addonName: "metrics-server" }],
        ],
    },
    {
        says: "a kubeconfig that is the path of a file, or that the provider takes from its environment, and the flag `--insecure-skip-tls-verify` of kubectl",
        shownBy: [
            [PROVIDER, { kubeconfig: "/etc/kubernetes/admin.conf" }],
            [PROVIDER, {}],
            pod({ command: ["kubectl", "--insecure-skip-tls-verify", "get", "nodes"] }),
        ],
    },
    {
        says: "a sentence in an annotation or a file of prose that something runs all the same",
        shownBy: [configMap("run.md", `exec metrics-server ${FLAG}`)],
    },
    {
        says: "a `caBundle` in a manifest that is a text",
        shownBy: [configMap("a.yaml", `spec: { caBundle: ${base64(EXPIRED)} }`)],
    },
    {
        says: "resources of other providers, such as a local command that runs helm or kubectl",
        shownBy: [["command:local:Command", { create: `helm install x --set args={${FLAG}}` }]],
    },
];
