/** Everything that the package makes. */
import { Provider } from "@pulumi/kubernetes/provider";
import { SecureMetricsServer } from "secure-metrics-server";
import { nodesArgs } from "./nodesArgs";
import { readFarm } from "./settings";

const farm = readFarm();
const cluster = new Provider(
    "cluster",
    farm.kubeconfig === undefined
        ? { renderYamlToDirectory: "rendered" }
        : { kubeconfig: farm.kubeconfig },
);
const metrics = new SecureMetricsServer("metrics", nodesArgs(farm), { providers: [cluster] });
export const notAfter = metrics.servingCertificateNotAfter;
