/** As many bare resources of the same kinds and providers as the package makes, and nothing of the package. */
import { APIService } from "@pulumi/kubernetes/apiregistration/v1";
import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { Secret, Service, ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import { Provider } from "@pulumi/kubernetes/provider";
import { ClusterRole, ClusterRoleBinding, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import * as tls from "@pulumi/tls";
import { oneCommandEach } from "./commands";

const provider = new Provider("cluster", { renderYamlToDirectory: "rendered" });
const metadata = (name: string) => ({ metadata: { name, namespace: "kube-system" } });
const labels = { app: "parts" };
const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };

const key = { algorithm: "ECDSA", ecdsaCurve: "P256" };
const ca = new tls.PrivateKey("ca-key", key);
const leaf = new tls.PrivateKey("key", key);
const allowedUses = ["server_auth"];
const root = new tls.SelfSignedCert("ca", {
    privateKeyPem: ca.privateKeyPem,
    isCaCertificate: true,
    subject: { commonName: "parts" },
    allowedUses: ["cert_signing"],
    validityPeriodHours: 8760,
});
const request = new tls.CertRequest("request", {
    privateKeyPem: leaf.privateKeyPem,
    subject: { commonName: "parts" },
});
new tls.LocallySignedCert("certificate", {
    caCertPem: root.certPem,
    caPrivateKeyPem: ca.privateKeyPem,
    certRequestPem: request.certRequestPem,
    allowedUses,
    validityPeriodHours: 720,
});

new ServiceAccount("account", metadata("a"), { provider });
for (const name of ["r1", "r2"]) new ClusterRole(name, metadata(name), { provider });
new RoleBinding("binding", { ...metadata("b"), roleRef }, { provider });
for (const name of ["b1", "b2"]) {
    new ClusterRoleBinding(name, { ...metadata(name), roleRef }, { provider });
}
new Secret("secret", metadata("s"), { provider });
new Deployment(
    "deployment",
    {
        ...metadata("d"),
        spec: {
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: { containers: [{ name: "c", image: "i:1" }] },
            },
        },
    },
    { provider },
);
new PodDisruptionBudget("budget", { ...metadata("p"), spec: { minAvailable: 1 } }, { provider });
new Service("service", { ...metadata("v"), spec: { ports: [{ port: 443 }] } }, { provider });
new APIService(
    "api",
    {
        metadata: { name: "v1.parts.example.com" },
        spec: {
            group: "parts.example.com",
            version: "v1",
            groupPriorityMinimum: 100,
            versionPriority: 100,
        },
    },
    { provider },
);
oneCommandEach();
