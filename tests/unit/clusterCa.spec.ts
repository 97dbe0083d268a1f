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
import { signedProblems } from "../../components/serving-certificate/clusterCaResult";
import { InvalidArgumentsError } from "../../components/shared/invalidArguments";
import { base64 } from "../../components/shared/pem";
import { certificate, clusterCa, otherCa, type Subject } from "../scripts/support/certificates";
import { NODES, SSH } from "./support/fixtures";
import { header, named, scriptOf, text, waitsFor } from "./support/find";
import { isKnown, record, valueOf, type Run, type RunOptions } from "./support/mocks";
import { endOf, publicKeyOf, signedByCluster, signedStdout } from "./support/providerStates";
import { isLater, isSecret, unsecret } from "./support/recorded";

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

/** What a program is told before anything is registered. */
async function refusedBy(make: () => unknown): Promise<string> {
    let message = "";
    const { resources } = await record(() => {
        try {
            make();
        } catch (error) {
            assert.ok(error instanceof InvalidArgumentsError, String(error));
            message = error.message;
        }
    });
    assert.deepEqual(resources, []);
    return message;
}

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
        const message = await refusedBy(
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
        const message = await refusedBy(() =>
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

describe("what a node says that the cluster's CA signed", () => {
    const good = { certificate: signedByCluster().certificate, ca: clusterCa().certificate };
    const asked = {
        node: "cp1",
        publicKey: publicKeyOf(signedByCluster().key),
        names: NAMES,
        notAfter: endOf(signedByCluster()),
        published: [clusterCa().certificate],
    };
    const names = NAMES.map((name) => `DNS:${name}`).join();

    /** A certificate that differs, and the problems with it for who expected it not to. */
    function problems(different: Partial<Subject>, expected: Partial<typeof asked> = {}): string[] {
        const pair = certificate({
            subject: `/CN=${NAME}`,
            names,
            issuer: clusterCa(),
            extensions: ["extendedKeyUsage=serverAuth"],
            ...different,
        });
        const own = { publicKey: publicKeyOf(pair.key), notAfter: endOf(pair), ...expected };
        return signedProblems({ certificate: pair.certificate, ca: good.ca }, { ...asked, ...own });
    }

    function one(found: string[], says: RegExp): void {
        assert.equal(found.length, 1, found.join("\n"));
        assert.match(found[0] ?? "", says);
        assert.match(found[0] ?? "", /; expected .*; next: /);
    }

    it("is taken when it is what was asked for", () => {
        assert.deepEqual(signedProblems(good, asked), []);
        assert.deepEqual(signedProblems(good, { ...asked, published: [] }), []);
        const local = asked.notAfter.replace("Z", "+00:00");
        assert.deepEqual(signedProblems(good, { ...asked, notAfter: local }), []);
    });

    it("is refused for another key, name, subject, use or end", () => {
        one(
            problems({}, { publicKey: publicKeyOf(otherCa().key) }),
            /^the certificate that node cp1 gave is for another key than the request's;/,
        );
        one(
            problems({ names: `DNS:${NAME},DNS:kubernetes.default.svc` }),
            /gave is for DNS:\S+, DNS:kubernetes\.default\.svc; expected .* and nothing else/,
        );
        one(
            problems({ names: `${names},IP:10.96.0.1` }),
            /IP Address:10\.96\.0\.1; expected .* and nothing else/,
        );
        one(
            problems({ names: "DNS:a.example" }),
            /expected one for metrics-server\.kube-system\.svc/,
        );
        one(
            problems({ subject: "/O=system:masters/CN=admin" }),
            /has the subject .*system:masters.*; expected CN=metrics-server\.kube-system\.svc/,
        );
        one(
            problems({ extensions: ["extendedKeyUsage=serverAuth,clientAuth"] }),
            /may be used for more than serving; expected serverAuth alone/,
        );
        one(problems({ extensions: [] }), /may be used for more than serving/);
        one(
            problems({ ca: true, extensions: ["extendedKeyUsage=serverAuth"] }),
            /is a CA certificate; expected CA:FALSE/,
        );
        one(problems({}, { notAfter: "2126-01-01T00:00:00Z" }), /ends on \S+Z; expected 2126-/);
        one(
            problems({ from: -9, until: -2 }),
            /that expired on \S+; expected one that is valid now/,
        );
    });

    it("is refused from another CA than the cluster's, and with one that did not sign", () => {
        one(
            problems({ issuer: otherCa() }),
            /^the CA that node cp1 gave has CN=kubernetes, and none of them signed/,
        );
        const [other, both] = [otherCa().certificate, otherCa().certificate + good.ca];
        one(
            signedProblems({ ...good, ca: both }, { ...asked, published: [] }),
            /gave begins with CN=another, and the certificate was issued by CN=kubernetes;/,
        );
        one(
            signedProblems(good, { ...asked, published: [other] }),
            /has SHA-256 [0-9a-f]{64}, and the cluster publishes [0-9a-f]{64}; expected it among them/,
        );
    });

    it("is refused when it is no certificate, several, or has a key, and nothing of it is shown", () => {
        const { key } = signedByCluster();
        for (const odd of ["", "none <{%x%}>\u001b[31m", key, good.certificate + key]) {
            const found = signedProblems({ ...good, certificate: odd }, asked);
            one(found, /^the certificate that node cp1 gave/);
            assert.doesNotMatch(found.join(), /<\{%|\u001b|MH/);
        }
        one(
            signedProblems({ ...good, certificate: good.certificate + good.ca }, asked),
            /has others behind it/,
        );
        one(
            signedProblems({ ...good, ca: good.certificate }, { ...asked, published: [] }),
            /^the CA that node cp1 gave begins with no CA certificate;/,
        );
    });

    it("stops the run before it goes anywhere", async () => {
        const told: unknown[] = [];
        const keep = (error: unknown): void => void told.push(error);
        const others = process.listeners("unhandledRejection");
        process.removeAllListeners("unhandledRejection");
        process.on("unhandledRejection", keep);
        const lie = signedStdout({ certificate: signedByCluster().certificate + good.ca });
        try {
            for (const stdout of [lie, "", "garbage", '{"certificate":1}']) {
                told.length = 0;
                const states = { [COMMAND]: { stdout, stderr: "" } };
                const made = await run({}, { states }).catch((error: unknown) => {
                    keep(error);
                    return undefined;
                });
                await new Promise((resolve) => setTimeout(resolve, 20));
                assert.match(
                    told.map(String).join("\n"),
                    /ServingCertificate "m-serving-certificate": \d problems? with what was signed for it:\n {2}- the certificate that node cp1 gave/,
                );
                const after = made?.resources.filter(({ name }) => /-tls$|-deployment$/.test(name));
                assert.deepEqual(after ?? [], []);
            }
        } finally {
            process.removeListener("unhandledRejection", keep);
            others.forEach((each) => process.on("unhandledRejection", each));
        }
    });
});
