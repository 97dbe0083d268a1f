import assert from "node:assert/strict";
import { POLICIES } from "../../examples/policy-pack/policies";
import {
    CertificateSource,
    Placement,
    SecureMetricsServer,
    ServingSecret,
    type SecureMetricsServerArgs,
} from "../../index";
import { EVERYTHING } from "./support/cases";
import { NODES, SERVING_SECRET, SSH } from "./support/fixtures";
import { record, type Recorded } from "./support/mocks";

/** What the policies say of the objects that a program makes in the cluster. */
async function refused(args: SecureMetricsServerArgs): Promise<string[]> {
    const { resources } = await record(() => new SecureMetricsServer("m", args));
    const found = objectsOf(resources);
    assert.ok(found.length >= 10);
    return refusals(found);
}

function objectsOf(resources: Recorded[]): Recorded[] {
    return resources.filter(({ type }) => type.startsWith("kubernetes:"));
}

function refusals(objects: Recorded[]): string[] {
    return objects.flatMap(({ type, name, inputs }) =>
        POLICIES.flatMap(({ name: policy, rule }) =>
            // The mocks give no certificates, so what is said of them means nothing here.
            policy === "ca-bundle-valid"
                ? []
                : rule(type, inputs).map((problem) => `${policy} ${name}: ${problem}`),
        ),
    );
}

describe("the policy pack lets this package through", () => {
    it("with everything set", async () => {
        assert.deepEqual(await refused(EVERYTHING), []);
    });

    it("with a Secret for something else that the API server calls", async () => {
        const { resources } = await record(() => new ServingSecret("s", SERVING_SECRET));
        const objects = objectsOf(resources);
        assert.equal(objects.length, 1);
        assert.deepEqual(refusals(objects), []);
    });

    it("with a certificate of cert-manager's, whose caBundle is cainjector's to write", async () => {
        const servingCertificate = { source: CertificateSource.CertManager };
        assert.deepEqual(await refused({ nodes: NODES, ssh: SSH, servingCertificate }), []);
    });

    it("on control planes, with a file of the node and texts that only speak of the flag", async () => {
        const speaks = { note: "never --kubelet-insecure-tls" };
        const metricsServer = {
            placement: Placement.ControlPlane,
            kubeletCaHostPath: "/etc/kubernetes/pki/ca.crt",
            podAnnotations: speaks,
            deploymentAnnotations: speaks,
            serviceAnnotations: speaks,
            apiServiceAnnotations: speaks,
            serviceAccountAnnotations: speaks,
            extraVolumes: { log: { mountPath: "/audit", emptyDir: true } },
        };
        assert.deepEqual(await refused({ nodes: NODES, ssh: SSH, metricsServer }), []);
    });
});
