import assert from "node:assert/strict";
import type { Cluster } from "../../cluster/harness";
import type { Pair } from "../../scripts/support/certificates";
import { askForMetrics } from "../../support/metricsClient";
import { kubelets, verifiedByApiServer } from "../../support/observe";
import type { Run, Settings, TestStack } from "./stack";

/** The name that the API server verifies when it calls metrics-server. */
export const SERVED_NAME = "metrics-server.kube-system.svc";

/** 5 Hz. */
const OFTEN = 200;

/** A cluster on which the source of the serving certificate changes under a client's eyes. */
export class SourceLab {
    constructor(
        readonly cluster: Cluster,
        readonly stack: TestStack,
    ) {}

    async set(servingCertificate: Settings): Promise<void> {
        await this.stack.setObject("settings", { onRemove: "revert", servingCertificate });
    }

    /** What an administrator or another tool puts into the cluster. */
    async keep(name: string, { certificate: pem, key }: Pair): Promise<void> {
        const object = {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name, namespace: "kube-system" },
            type: "kubernetes.io/tls",
            stringData: { "tls.crt": pem, "tls.key": key },
        };
        await this.cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(object) });
    }

    async forget(...names: string[]): Promise<void> {
        const secrets = ["delete", "secret", "-n", "kube-system", "--ignore-not-found", ...names];
        await this.cluster.kubectl(secrets);
    }

    /** Something with a client that asks all the while: nothing failed, and no kubelet was touched. */
    async underRequests<T>(act: () => Promise<T>): Promise<{ result: T; requests: number }> {
        const processes = await kubelets(this.cluster);
        const stop = await askForMetrics(this.cluster, OFTEN);
        const result = await act();
        const { total, failures } = stop();
        assert.deepEqual(failures, []);
        assert.ok(total > 20, `only ${total} requests`);
        assert.deepEqual(await kubelets(this.cluster), processes);
        return { result, requests: total };
    }

    /** Runs `up`, and shows that metrics come, that the API server's checks are on, and that a second run has nothing to do. */
    async upAndVerify(issuer: string): Promise<Run> {
        const run = await this.stack.up();
        assert.equal(run.error, undefined, run.error);
        const preview = await this.stack.preview();
        assert.deepEqual(preview.changes, []);
        const nodes = await this.cluster.kubectl(["top", "nodes", "--no-headers"]);
        assert.match(nodes, /^cp1 +\d+m/m);
        const { seen, issuer: signer } = await this.served();
        assert.match(seen, /Verify return code: 0 \(ok\)/);
        assert.equal(signer, issuer);
        return run;
    }

    /** What the API server sees when it calls metrics-server: who signed, and the certificate itself. */
    async served(): Promise<{ seen: string; issuer: string; pem: string }> {
        const { caBundle } = await this.stack.outputs();
        const seen = await verifiedByApiServer(this.cluster, String(caBundle), SERVED_NAME);
        const [, issuer = ""] = /^issuer=.*CN ?= ?([-\w]+)/m.exec(seen) ?? [];
        const [pem = ""] = /-----BEGIN CERTIFICATE-----[^-]+/.exec(seen) ?? [];
        return { seen, issuer, pem };
    }

    /** What is in the state of a resource. */
    async stateOf(name: string, output: string): Promise<string> {
        const { deployment } = (await this.stack.stack.exportStack()) as {
            deployment: { resources: { urn: string; outputs?: Record<string, unknown> }[] };
        };
        const resource = deployment.resources.find(({ urn }) => urn.endsWith(`::${name}`));
        return String(resource?.outputs?.[output]);
    }
}
