import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { createHash, X509Certificate } from "node:crypto";
import {
    CertificateSource,
    CsrApprovalMode,
    SecureMetricsServer,
    ServingCertificate,
    type SecureMetricsServerArgs,
} from "../../index";
import { base64 } from "../../components/shared/pem";
import { certificate, clusterCa, otherCa } from "../scripts/support/certificates";
import { NODES, SSH } from "./support/fixtures";
import { header, named, scriptOf, text, waitsFor } from "./support/find";
import { isKnown, record, valueOf, type Run, type RunOptions } from "./support/mocks";
import { endOf, signedByCluster, signedStdout } from "./support/providerStates";
import { isLater, isSecret, unsecret } from "./support/recorded";
import { refusal } from "./support/refusals";
import { toldLate } from "./support/late";

const NAME = "metrics-server.kube-system.svc";
const NAMES = [NAME, "metrics-server", "metrics-server.kube-system", `${NAME}.cluster.local`];
const COMMAND = "m-cluster-ca";
const SETTINGS = { source: CertificateSource.ClusterCa };

const sha256 = (pem: string): string =>
    createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");

function program(args: Partial<SecureMetricsServerArgs> = {}): SecureMetricsServer {
    return new SecureMetricsServer("m", {
        nodes: NODES,
        ssh: SSH,
        servingCertificate: SETTINGS,
        ...args,
    });
}

const run = (
    args: Partial<SecureMetricsServerArgs> = {},
    options: RunOptions = {},
): Promise<Run<SecureMetricsServer>> => record(() => program(args), options);

/** Runs a program and returns what it warned of. */
async function warnings(args: Partial<SecureMetricsServerArgs> = {}): Promise<string[]> {
    const warn = pulumi.log.warn;
    const said: string[] = [];
    (pulumi.log as { warn: typeof warn }).warn = (line) => Promise.resolve(void said.push(line));
    try {
        await run(args);
    } finally {
        (pulumi.log as { warn: typeof warn }).warn = warn;
    }
    return said.filter((line) => line.includes("clusterCa"));
}

describe("the cluster's CA as the source of the serving certificate", () => {
    it("signs the package's request on the first control plane, for all names of the Service and until the end that is told", async () => {
        const { resources } = await run();
        const command = named(resources, COMMAND);
        assert.deepEqual(header(command), {
            NODE_NAME: "cp1",
            REQUEST: "request m-serving-certificate-request",
            NAMES: NAMES.join(" "),
            NOT_AFTER: endOf(signedByCluster()),
        });
        assert.match(text(command, "create"), / sh -s -- sign \)/);
        assert.equal(command.inputs["delete"], undefined);
        assert.equal(command.inputs["update"], undefined);
        assert.match(scriptOf(command), /^cluster-ca-[0-9a-f]{64}$/);
    });

    it("is told when to end by a certificate that nobody serves, on the same key and with the same life", async () => {
        const servingCertificate = { ...SETTINGS, validityHours: 2000, renewBeforeHours: 1000 };
        const { result, resources } = await run({ servingCertificate });
        const { privateKeyPem, ...inputs } = named(
            resources,
            "m-serving-certificate-validity",
        ).inputs;
        assert.deepEqual(inputs, {
            subject: { commonName: NAME },
            allowedUses: [],
            validityPeriodHours: 2000,
            earlyRenewalHours: 1000,
        });
        assert.ok(isSecret(privateKeyPem));
        const end = Date.parse(endOf(signedByCluster()));
        const renewal = Date.parse((await valueOf(result.renewalTime)) ?? "");
        assert.equal(end - renewal, 1000 * 3_600_000);
        const readers = resources.filter(({ inputs: all }) =>
            JSON.stringify(all).includes("\nm-serving-certificate-validity\n"),
        );
        assert.deepEqual(readers, []);
    });

    it("says the end in UTC, wherever the provider runs", async () => {
        const local = endOf(signedByCluster()).replace("Z", "+00:00");
        const states = { "m-serving-certificate-validity": { validityEndTime: local } };
        const { resources } = await run({}, { states });
        assert.equal(header(named(resources, COMMAND))["NOT_AFTER"], endOf(signedByCluster()));
    });

    it("gives what was signed to the pods, and that CA alone to the API server", async () => {
        const { result, resources } = await run();
        const ca = clusterCa().certificate;
        const { "tls.crt": chain } = unsecret(
            named(resources, "m-metrics-server-tls").inputs["data"],
        );
        assert.equal(chain, base64(signedByCluster().certificate + ca));
        assert.equal(await valueOf(result.caBundle), base64(ca));
        assert.equal(await valueOf(result.servingCertificateNotAfter), endOf(signedByCluster()));
        assert.equal(await valueOf(result.caNotAfter), endOf(clusterCa()));
        assert.equal(
            await valueOf(result.certificateRequest),
            "request m-serving-certificate-request",
        );
    });

    it("trusts all CAs that the node has, and serves the one that signed", async () => {
        const both = clusterCa().certificate + otherCa().certificate;
        const states = { [COMMAND]: { stdout: signedStdout({ ca: both }), stderr: "" } };
        const { result } = await run({}, { states });
        assert.equal(await valueOf(result.caBundle), base64(both));
        const more = certificate({ subject: "/CN=next", ca: true }).certificate;
        const servingCertificate = { ...SETTINGS, additionalCaPem: more };
        const further = await run({ servingCertificate }, { states });
        assert.equal(await valueOf(further.result.caBundle), base64(both + more));
    });

    it("is asked after the cluster was looked at and before anything else is touched", async () => {
        const { resources } = await run();
        assert.ok(waitsFor(resources, COMMAND).has("m-preflight"));
        const others = resources.filter(
            ({ type, name, custom }) =>
                custom && !type.startsWith("tls:") && ![COMMAND, "m-preflight"].includes(name),
        );
        assert.ok(others.length > 10);
        for (const { name } of others) assert.ok(waitsFor(resources, name).has(COMMAND), name);
    });

    it("shows the cluster's CA to the node as the cluster publishes it, so that another CA is another certificate", async () => {
        const states = (...pems: string[]) => ({
            "m-kube-root-ca": { data: { "ca.crt": pems.join("") } },
        });
        const [ca, other] = [clusterCa().certificate, otherCa().certificate];
        const digests = async (...pems: string[]): Promise<string | undefined> =>
            header(named((await run({}, { states: states(...pems) })).resources, COMMAND))[
                "CLUSTER_CA_SHA256"
            ];
        assert.equal(await digests(ca), sha256(ca));
        assert.equal(await digests(ca, other), [sha256(ca), sha256(other)].sort().join(" "));
        assert.equal(await digests(other, ca, ca), await digests(ca, other));
    });

    it("shows no change of the APIService in the preview of a renewal: the one CA that the cluster publishes is known", async () => {
        const published = { "m-kube-root-ca": { data: { "ca.crt": clusterCa().certificate } } };
        const { result, resources } = await run({}, { preview: true, states: published });
        assert.ok(isLater(named(resources, "m-metrics-server-tls").inputs["data"]));
        assert.equal(await valueOf(result.caBundle), base64(clusterCa().certificate));
        const both = clusterCa().certificate + otherCa().certificate;
        const states = { "m-kube-root-ca": { data: { "ca.crt": both } } };
        const several = await run({}, { preview: true, states });
        assert.equal(await isKnown(several.result.caBundle), false);
    });

    it("keeps the Command's output secret, and what is public of it readable", async () => {
        const { result, resources } = await run();
        assert.equal(await pulumi.isSecret(result.caBundle), false);
        assert.equal(await pulumi.isSecret(result.servingCertificateNotAfter), false);
        assert.equal(typeof named(resources, COMMAND).inputs["stdin"], "string");
    });

    it("shows in a preview what is known, and the rest as known later", async () => {
        const { result, resources } = await run({}, { preview: true });
        assert.ok(isLater(named(resources, COMMAND).inputs["stdin"]));
        assert.equal(await isKnown(result.caBundle), false);
    });

    it("is refused by ServingCertificate, with why and what to choose", async () => {
        const message = await refusal(
            () =>
                new ServingCertificate("s", {
                    ...SETTINGS,
                    serviceName: "metrics-server",
                    namespace: "kube-system",
                }),
        );
        assert.match(
            message,
            /source is "clusterCa", and only SecureMetricsServer knows the control plane where the cluster's CA signs; expected own, givenCa or given; next: .*choose own/,
        );
    });

    it("is refused without a control plane, and with arguments of other sources", async () => {
        const { w1, w2 } = NODES;
        const message = await refusal(() =>
            program({
                nodes: { w1, w2 },
                csrApproval: { mode: CsrApprovalMode.External },
                servingCertificate: { ...SETTINGS, caValidityHours: 10, renewBeforeHours: 9000 },
            }),
        );
        assert.match(message, /caValidityHours belongs to source own, and source is clusterCa;/);
        assert.match(message, /renewBeforeHours is 9000 and validityHours is 8760;/);
        assert.match(
            message,
            /servingCertificate\.source is clusterCa, and nodes has no node with role controlPlane, where the cluster's CA signs; expected one; next: give a control plane role: controlPlane/,
        );
    });

    it("warns in every run of what it costs, and where an approver may be lax", async () => {
        const [cost = "", ...others] = await warnings();
        assert.deepEqual(others, []);
        assert.match(
            cost,
            /the API server takes every certificate of the cluster's CA for metrics-server\.kube-system\.svc and serverAuth for metrics-server, and nothing revokes one; next: .*source own/,
        );
        for (const mode of [CsrApprovalMode.Controller, CsrApprovalMode.External]) {
            const [, lax = ""] = await warnings({ csrApproval: { mode } });
            assert.match(
                lax,
                new RegExp(
                    `csrApproval\\.mode is ${mode}: .*one node can .*forge metrics; expected`,
                ),
            );
        }
        assert.deepEqual(await warnings({ servingCertificate: {} }), []);
    });
});

describe("what a node says that the cluster's CA signed, in a run", () => {
    it("stops the run before it goes anywhere", async () => {
        const ca = clusterCa().certificate;
        const lie = signedStdout({ certificate: signedByCluster().certificate + ca });
        for (const stdout of [lie, "", "garbage", '{"certificate":1}']) {
            const states = { [COMMAND]: { stdout, stderr: "" } };
            const { errors, resources } = await toldLate(() => program(), { states });
            assert.match(
                errors.join("\n"),
                /ServingCertificate "m-serving-certificate": \d problems? with what was signed for it:\n {2}- the certificate that node cp1 gave/,
            );
            const after = resources.filter(({ name }) => /-tls$|-deployment$/.test(name));
            assert.deepEqual(after, []);
        }
    });
});
