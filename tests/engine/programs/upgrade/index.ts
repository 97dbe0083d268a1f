import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import {
    CsrApprovalMode,
    KubeletServingCertificates,
    SecureMetricsServer,
    type SecureMetricsServerArgs,
} from "secure-metrics-server";

const config = new pulumi.Config();
const nodes = config.requireObject<SecureMetricsServerArgs["nodes"]>("nodes");
const ssh = { user: "ubuntu", privateKey: config.requireSecret("sshPrivateKey") };
// A folder instead of a cluster.
const opts = { providers: [new Provider("rendered", { renderYamlToDirectory: "rendered" })] };

// Certificates that are outside of their renewal window for twenty years, so that a recorded state stays as it is.
const servingCertificate = { validityHours: 175_200, caValidityHours: 438_000 };
new SecureMetricsServer("metrics", { nodes, ssh, servingCertificate }, opts);

const csrApproval = { mode: CsrApprovalMode.Controller };
new KubeletServingCertificates("controller", { nodes, ssh, csrApproval }, opts);
