import { certificate, EXPIRED, GARBAGE } from "../caCertificates";
import {
    API_SERVICE,
    base64,
    configMap,
    PROVIDER,
    SECRET,
    type Claims,
    type Resource,
} from "./claim";

const kubeconfig = (cluster: object): string =>
    JSON.stringify({ kind: "Config", clusters: [{ name: "x", cluster }] });
const INSECURE = "clusters:\n- cluster:\n    insecure-skip-tls-verify: true\n  name: x\n";
const provider = (text: string): Resource => [PROVIDER, { kubeconfig: text }];

export const API_SERVER: Claims = {
    refused: [
        {
            says: "a Kubernetes provider whose kubeconfig, YAML or JSON, sets `insecure-skip-tls-verify` to anything but false",
            shownBy: [
                provider(INSECURE),
                provider(INSECURE.replace("true", "yes")),
                provider("clusters: [{cluster: {insecure-skip-tls-verify: true}}]"),
                provider(kubeconfig({ "insecure-skip-tls-verify": true })),
                provider(JSON.stringify(kubeconfig({ "insecure-skip-tls-verify": "true" }))),
            ],
        },
        {
            says: "such a kubeconfig in a ConfigMap or Secret",
            shownBy: [
                configMap("kubeconfig", INSECURE),
                [SECRET, { stringData: { value: INSECURE } }],
                [SECRET, { data: { value: base64(INSECURE) } }],
            ],
        },
    ],
    allowed: [
        {
            says: "a kubeconfig with a CA, or with `false`",
            shownBy: [
                provider(kubeconfig({ "certificate-authority-data": "AA==" })),
                provider(kubeconfig({ "insecure-skip-tls-verify": false })),
                provider(INSECURE.replace("true", "false")),
            ],
        },
    ],
};

const remote = (connection: object, kind = "Command"): Resource => [
    `command:remote:${kind}`,
    { connection },
];

export const HOST_KEYS: Claims = {
    refused: [
        {
            says: "a remote command or copy without `hostKey`, or with a blank one",
            shownBy: [
                remote({ host: "h" }),
                remote({ host: "h", hostKey: " " }),
                remote({ host: "h" }, "CopyToRemote"),
                remote({ host: "h" }, "CopyFile"),
            ],
        },
        {
            says: "one whose bastion has none",
            shownBy: [remote({ host: "h", hostKey: "k", proxy: { host: "b" } })],
        },
    ],
    allowed: [
        {
            says: "a remote command with the keys of its host and bastion, and any local command",
            shownBy: [
                remote({ host: "h", hostKey: "k", proxy: { host: "b", hostKey: "k" } }),
                ["command:local:Command", { create: "true" }],
            ],
        },
        {
            says: "one to an empty host, which no machine has: a preview shows a connection that is not known yet like this",
            shownBy: [remote({ host: "", user: "root", port: 22 })],
        },
    ],
};

const bundle = (caBundle: string): Resource => [API_SERVICE, { spec: { caBundle } }];
const webhooks = (caBundle: string): Resource => [
    "kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration",
    { webhooks: [{ clientConfig: { caBundle } }] },
];

export const CA_BUNDLES: Claims = {
    refused: [
        {
            says: "a `caBundle` of an APIService or a webhook without a certificate that is valid for another 30 days",
            shownBy: [
                bundle(base64(EXPIRED)),
                bundle(base64(EXPIRED + certificate(10))),
                bundle(EXPIRED),
                webhooks(base64(EXPIRED)),
            ],
        },
        {
            says: "one that holds no certificate, or one that cannot be read",
            shownBy: [
                bundle("AA=="),
                bundle("no base64!"),
                bundle(base64(certificate(60) + GARBAGE)),
            ],
        },
    ],
    allowed: [
        {
            says: "one with a certificate that lasts, beside older ones too, and a blank one that a controller fills in",
            shownBy: [
                bundle(base64(certificate(60))),
                bundle(base64(EXPIRED + certificate(60))),
                webhooks("Cg=="),
            ],
        },
    ],
};
