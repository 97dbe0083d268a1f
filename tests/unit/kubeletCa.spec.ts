import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { checkedKubeletCa, kubeletCaProblems } from "../../components/shared/kubeletCa";
import { certificate as caOf, EXPIRED, GARBAGE } from "../support/caCertificates";
import { KUBELET_CA, SERVING, SERVING_KEY } from "./support/certificates";
import { isKnown, unknown, valueOf } from "./support/mocks";

const OWNER = { component: "KubeletServingCertificates", name: "k" };

describe("the CA certificates that verify kubelets", () => {
    const problems = (kubeletCa: string): string[] => kubeletCaProblems({ kubeletCa });

    it("may be one or several, also with one that ended while the CA is replaced", () => {
        assert.deepEqual(problems(KUBELET_CA), []);
        assert.deepEqual(problems(KUBELET_CA + caOf(10)), []);
        assert.deepEqual(problems(EXPIRED + KUBELET_CA), []);
    });

    it("may not all have expired", () => {
        assert.deepEqual(problems(EXPIRED), [
            "kubeletCa has no certificate that is valid now: CN=expired-ca expired on 2021-01-01T00:00:00Z; expected the CA that signs the kubelets' certificates today; next: copy it again, on kubeadm from /etc/kubernetes/pki/ca.crt",
        ]);
    });

    it("have to be CA certificates: with a kubelet's own nobody else's is verified", () => {
        assert.deepEqual(problems(KUBELET_CA + SERVING), [
            "kubeletCa: certificate 2 (CN=metrics-server.kube-system.svc) is no CA certificate; expected the CA that signed the kubelets' certificates, on kubeadm /etc/kubernetes/pki/ca.crt; next: openssl x509 -text -noout, and look for CA:TRUE",
        ]);
    });

    it("have to be whole: a block that some readers skip is named by its number", () => {
        assert.match(problems(KUBELET_CA + GARBAGE)[0] ?? "", /^kubeletCa: block 2 is no X\.509/);
        assert.match(
            problems(KUBELET_CA.replace("-----\n", "-----\n!\n"))[0] ?? "",
            /^kubeletCa: block 1 \(CERTIFICATE\) has something else than base64/,
        );
        assert.match(
            problems(KUBELET_CA + KUBELET_CA.replaceAll("CERTIFICATE", "X509 CRL"))[0] ?? "",
            /^kubeletCa: block 2 is "X509 CRL"; expected/,
        );
    });
});

describe("CA certificates that are known late", () => {
    it("are refused then, with the same sentence: a private key would go to every node in the clear", async () => {
        for (const bad of [KUBELET_CA + SERVING_KEY, KUBELET_CA + SERVING, EXPIRED, "", GARBAGE]) {
            const late = checkedKubeletCa(OWNER, { kubeletCa: pulumi.output(bad) });
            const [problem = ""] = kubeletCaProblems({ kubeletCa: bad });
            assert.notEqual(problem, "");
            await assert.rejects(valueOf(pulumi.output(late)), {
                message: `KubeletServingCertificates "k": 1 problem in its arguments:\n  - ${problem}`,
            });
        }
    });

    it("stay what they are, and unknown in a preview", async () => {
        const late = checkedKubeletCa(OWNER, { kubeletCa: pulumi.output(KUBELET_CA) });
        assert.equal(await valueOf(pulumi.output(late)), KUBELET_CA);
        const later = checkedKubeletCa(OWNER, { kubeletCa: unknown<string>() });
        assert.equal(await isKnown(pulumi.output(later)), false);
        assert.equal(checkedKubeletCa(OWNER, { kubeletCa: KUBELET_CA }), KUBELET_CA);
        assert.equal(checkedKubeletCa(OWNER, {}), undefined);
    });
});
