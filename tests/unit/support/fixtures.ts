import { RELEASES } from "../../../components/metrics-server/releases";
import { DEFAULT_ADDRESS_TYPES } from "../../../components/nodes/addressTypes";
import type { DeploymentSettings } from "../../../components/metrics-server/deploymentSpec";
import {
    NodeRole,
    TlsVersion,
    type MetricsServerArgs,
    type NodeArgs,
    type ServingCertificateArgs,
    type ServingSecretArgs,
    type SshArgs,
} from "../../../index";
import { SERVING, SERVING_CA, SERVING_KEY } from "./certificates";

/** The image that runs when the arguments name none. */
export const DEFAULT_IMAGE = `registry.k8s.io/metrics-server/metrics-server:${RELEASES[0].version}`;

/** Public keys that were made for these tests. */
export const HOST_KEYS = {
    cp1: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOghebS8R9/reMLzqFzq9akk1eHTK1r0hq1x6bf2oEy7",
    cp2: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB5KQYLj80j4uC6yoI4QlDwlW2tSZHWZiP22lix62+41",
    w1: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAING9KduqR6kHZoPYf98W2u/XrjAPA29JaG7/xJgTxzW4",
    w2: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF5/oE4nBiD0ult6FFOz4xhLMecaVc0Z6N7JoHqqgtva",
    w3: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDFVcUrXQ2PHBq/g4wBvggiOK8khKZcqxrb2cJblpd+u",
    p256: "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGleRBqe2uiBGu0tTVGY4heLo4Ur8tmdGRz8rRCMI0xsFbWQepxDXVnN/Kby0KCC7ch6GB2eq7QWfJRQkZ7LFpQ=",
    p384: "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBCQoks7Py+1t0PWsJC4LOFMWQEIRps7PGEzj/XAWVmD71UdC/LLLiDeKjUoPc1VM6lJN20rQzZdP8aB8AiqgF7Z2RBebfNco8KigM+AKH6oqxZ8tOeOTmT3KusBdNMjF+w==",
    p521: "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAGmfDHMMWgtg23CuSxCLj7fYuEdJMVFRk87SZnyiTdO4yDSsJI2XfxCIFtq5YiY92bfhNSNfQM/AEyQumDOfvF7ewC8bi8szxYWhn3Hb82sen5F5VeRGZxBkKbOKhqDGxTbXw+SBnXeuFbYgZHHgzPomkMJlK+HmxDHVJnilQGtn/3jWQ==",
    rsa: "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCNAtAwJSn++ZKUqwhN2ZHkrbxYK0jTAfKwnKLLzfZL1IWQcIkRiZur2dQS2XsdRombz0YAm2/v3EkDCfSAlg4Lw5lSDTkgpjM6O1YfGVKT9wXZ7tjYvT6wyI4kxiMt8jZ4avhhIEZ+sIIP4mB7s1JGzacXYBVqPkq0auNsQVP26RXsIIAieW9mIj5OmYJY/YXRXdxG2Sj4xLhpU59mocRwK43tOHNSuULHNItujSPP+lq1Lb0VRDkWtj505XTf6EOpQpnGgeViIpGdKMoL9KgFITEjz3c/mRDo+42P/+FfugFxJsgN/FtfjFYMcDVu0ZFq7Mp5Pz3XDqEqd+1Skw+d",
};

/** What `ssh-keygen -l` prints for the key of cp1. */
export const CP1_FINGERPRINT = "SHA256:aTHt2eFoGL8zhARpRFAowmaZRnrRZ219LkCr7Pq20Bg";

/** Stands in the SSH private key of every test; it must be found nowhere but in secrets. */
export const SSH_KEY_MARKER = "b3BlbnNzaC1rZXktdjEAAAAAmarker";

export const SSH: SshArgs = {
    user: "ubuntu",
    privateKey: `-----BEGIN OPENSSH PRIVATE KEY-----\n${SSH_KEY_MARKER}\n-----END OPENSSH PRIVATE KEY-----\n`,
};

/** A cluster of one control plane and two workers. */
export const NODES: Record<"cp1" | "w1" | "w2", NodeArgs> = {
    cp1: { host: "10.0.0.11", hostKey: HOST_KEYS.cp1, role: NodeRole.ControlPlane },
    w1: { host: "10.0.0.12", hostKey: HOST_KEYS.w1 },
    w2: { host: "10.0.0.13", hostKey: HOST_KEYS.w2 },
};

/** One more worker. */
export const W3: NodeArgs = { host: "10.0.0.14", hostKey: HOST_KEYS.w3 };

/** Node NUMBER as a worker, for tests that need many. */
export function worker(number: number): NodeArgs {
    return { host: `10.1.0.${number}`, hostKey: HOST_KEYS.w1 };
}

/** What the Deployment is made from when the arguments say nothing. */
export const DEPLOYMENT_SETTINGS: DeploymentSettings = {
    image: DEFAULT_IMAGE,
    imagePullSecrets: [],
    replicas: 2,
    resources: undefined,
    tolerations: [],
    nodeSelector: { "kubernetes.io/os": "linux" },
    affinity: undefined,
    topologySpreadConstraints: [],
    schedulerName: undefined,
    dnsConfig: undefined,
    addressTypes: DEFAULT_ADDRESS_TYPES,
    authentication: undefined,
    revisionHistoryLimit: undefined,
    podLabels: undefined,
    podAnnotations: undefined,
    kubeletCaHostPath: undefined,
    authenticationConfigMap: undefined,
    extraVolumes: {},
    priorityClassName: "system-cluster-critical",
    hostNetwork: false,
    metricResolutionSeconds: 15,
    extraArgs: [],
    tlsMinVersion: TlsVersion.Tls13,
    tlsCipherSuites: [],
    secretName: "metrics-tls-0a1b2c3d",
    kubeletCaConfigMap: undefined,
};

/** The least that ServingCertificate wants to know. */
export const SERVING_CERTIFICATE: ServingCertificateArgs = {
    serviceName: "webhook",
    namespace: "apps",
};

/** Stands in the private key of a serving certificate that was made elsewhere. */
export const GIVEN_KEY_MARKER = "fljoKpPL4prYn3XSOnkrWaSx";

/** The least that MetricsServer wants to know. */
export const METRICS_SERVER: MetricsServerArgs &
    Required<Pick<MetricsServerArgs, "certificatePem" | "privateKeyPem">> = {
    certificatePem: SERVING + SERVING_CA,
    privateKeyPem: SERVING_KEY,
    caBundle: Buffer.from(SERVING_CA).toString("base64"),
};

/** The certificate of metrics-server as ServingSecret wants it. */
export const SERVING_SECRET: ServingSecretArgs & { privateKeyPem: string } = {
    namespace: "kube-system",
    serviceName: "metrics-server",
    certificatePem: SERVING + SERVING_CA,
    privateKeyPem: SERVING_KEY,
};

/** A text where TypeScript would want a value of an enum: other languages let it through. */
export function foreign(text: string): never {
    return text as never;
}
