import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../cluster/harness";
import { nodesOf } from "../e2e/support/stack";
import { REPOSITORY } from "../support/localStack";
import type { Program } from "./program";

/** examples/kubeadm, configured for all nodes of a cluster. `settings` are further arguments of SecureMetricsServer. */
export function kubeadmExample(cluster: Cluster, settings: Record<string, unknown> = {}): Program {
    return {
        folder: join(REPOSITORY, "examples", "kubeadm"),
        project: "secure-metrics-server-kubeadm",
        config: {
            kubeconfig: cluster.kubeconfig,
            nodes: JSON.stringify(nodesOf(cluster)),
            ssh: JSON.stringify({ user: cluster.sshUser }),
            sshPrivateKey: readFileSync(cluster.sshKeyPath, "utf8"),
            settings: JSON.stringify(settings),
        },
        secrets: ["sshPrivateKey"],
    };
}
