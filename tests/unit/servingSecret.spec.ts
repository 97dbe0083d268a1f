import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ServingSecret, type ServingSecretArgs } from "../../index";
import { base64 } from "../../components/shared/pem";
import { certificate, otherCa } from "../scripts/support/certificates";
import { SERVING, SERVING_CA, SERVING_KEY } from "./support/certificates";
import { SERVING_SECRET } from "./support/fixtures";
import { named } from "./support/find";
import { toldLate } from "./support/late";
import { record, unknown, valueOf, type Run } from "./support/mocks";
import { secret, UNKNOWN } from "./support/recorded";
import { told } from "./support/refusals";

function make(settings: Partial<ServingSecretArgs> = {}, preview = false) {
    return record(() => new ServingSecret("s", { ...SERVING_SECRET, ...settings }), { preview });
}

/** The lines with which a program is refused before anything is registered. */
async function problems(settings: object): Promise<string[]> {
    const message = await told(() => new ServingSecret("s", { ...SERVING_SECRET, ...settings }));
    return message
        .split("\n")
        .slice(1)
        .map((line) => line.replace(/^ {2}- /, ""));
}

describe("ServingSecret", () => {
    it("makes an immutable Secret without a name, so that another certificate is another Secret", async () => {
        const { resources } = await make();
        assert.deepEqual(named(resources, "s-tls").inputs, {
            apiVersion: "v1",
            kind: "Secret",
            metadata: {
                namespace: "kube-system",
                labels: { "app.kubernetes.io/managed-by": "secure-metrics-server" },
            },
            type: "kubernetes.io/tls",
            immutable: true,
            // The provider takes all of it for a secret.
            data: secret({
                "tls.crt": base64(SERVING + SERVING_CA),
                "tls.key": base64(SERVING_KEY),
            }),
        });
    });

    it("says under which name the pods find it", async () => {
        const { result } = await make();
        assert.equal(await valueOf(result.secretName), "s-tls-0a1b2c3d");
        assert.equal(await pulumi.isSecret(result.secretName), false);
    });

    it("has the CA as ca.crt where it is given, and labels beside its own", async () => {
        const { resources } = await make({
            caCertificatePem: pulumi.output(SERVING_CA),
            labels: { team: pulumi.output("platform"), "app.kubernetes.io/managed-by": "me" },
        });
        const { data, metadata } = named(resources, "s-tls").inputs as unknown as {
            data: { secret: Record<string, unknown> };
            metadata: { labels: object };
        };
        assert.equal(data.secret["ca.crt"], base64(SERVING_CA));
        assert.deepEqual(metadata.labels, {
            team: "platform",
            "app.kubernetes.io/managed-by": "secure-metrics-server",
        });
    });

    it("waits for what the component was told to wait for", async () => {
        const { resources } = await record(() => {
            const first = new ServingSecret("first", SERVING_SECRET);
            return new ServingSecret("s", SERVING_SECRET, { dependsOn: [first] });
        });
        assert.deepEqual(named(resources, "s-tls").dependsOn, ["first-tls"]);
    });

    it("knows nothing in a preview of a certificate that is not made yet", async () => {
        const late = { certificatePem: unknown<string>(), privateKeyPem: unknown<string>() };
        const { resources } = await make(late, true);
        const { data } = named(resources, "s-tls").inputs;
        assert.ok(JSON.stringify(data).includes(UNKNOWN));
        assert.ok(!JSON.stringify(data).includes(base64(SERVING_KEY)));
    });
});

describe("the certificate of a ServingSecret", () => {
    const ca = () => certificate({ subject: "/CN=given-ca", ca: true });
    const leaf = (names: string) => certificate({ subject: "/CN=web", names, issuer: ca() });

    it("is for the Service, when that is said", async () => {
        const pair = leaf("DNS:webhook.apps.svc");
        const given = { certificatePem: pair.certificate, privateKeyPem: pair.key };
        const service = { namespace: "apps", serviceName: "webhook" };
        assert.deepEqual(await problems({ ...given, ...service }), []);
        assert.deepEqual(await problems({ ...given, ...service, serviceName: undefined }), []);
        const [problem = "", ...others] = await problems({ ...given, ...service, namespace: "a" });
        assert.match(
            problem,
            /^certificatePem begins with a certificate \(CN=web\) for DNS:webhook\.apps\.svc; expected one for webhook\.a\.svc, which the API server verifies; next: openssl x509/,
        );
        assert.deepEqual(others, []);
    });

    it("is refused with all that is wrong at once", async () => {
        const found = await problems({
            namespace: "Apps",
            serviceName: "web hook",
            certificatePem: leaf("DNS:a").certificate,
            privateKeyPem: otherCa().key,
            caCertificatePem: otherCa().certificate,
        });
        const starts = [
            'namespace is "Apps"; expected a lower-case DNS name',
            'serviceName is "web hook"; expected a lower-case DNS name',
            "privateKeyPem is not the key of the first certificate in certificatePem (CN=web); expected the pair;",
            "caCertificatePem has CN=another, and none of them signed certificatePem (CN=web, issued by CN=given-ca);",
        ];
        assert.equal(found.length, starts.length, found.join("\n"));
        starts.forEach((start, at) => {
            assert.ok(found[at]?.startsWith(start), found[at]);
        });
    });

    it("is refused when it has ended, when it may not serve, and when a key stands in its place", async () => {
        const ended = certificate({ subject: "/CN=web", from: -20, until: -10, issuer: ca() });
        const client = certificate({
            subject: "/CN=web",
            extensions: ["extendedKeyUsage=clientAuth"],
            issuer: ca(),
        });
        for (const [pair, expected] of [
            [ended, /that expired on .*; next: renew it where it was made$/],
            [client, /that may not serve; expected the extended key usage serverAuth;/],
        ] as const) {
            const given = { certificatePem: pair.certificate, privateKeyPem: pair.key };
            assert.match((await problems(given)).join("\n"), expected);
        }
        const [key = ""] = await problems({ certificatePem: SERVING + SERVING_KEY });
        assert.match(key, /^certificatePem has a private key, and everybody may read it;/);
        assert.ok(!key.includes(SERVING_KEY.split("\n")[1] ?? "?"));
    });

    it("is refused with an argument that is none or missing", async () => {
        assert.match(
            (await problems({ tls: "x" }))[0] ?? "",
            /^tls is no argument; expected one of caCertificatePem, certificatePem, labels,/,
        );
        assert.deepEqual(await problems({ privateKeyPem: undefined, namespace: undefined }), [
            "namespace is missing; expected a value, because there is no default",
            "privateKeyPem is missing; expected a value, because there is no default",
        ]);
    });

    it("is refused late when it became known late, and no Secret is made of it", async () => {
        const late = { privateKeyPem: pulumi.secret(otherCa().key) };
        const { errors, resources } = await toldLate(
            () => new ServingSecret("s", { ...SERVING_SECRET, ...late }),
        );
        assert.match(
            errors.join("\n"),
            /^ServingSecret "s": 1 problem in its arguments:\n {2}- privateKeyPem is not the key/m,
        );
        assert.ok(!errors.join("\n").includes(otherCa().key.split("\n")[1] ?? "?"));
        assert.deepEqual(
            resources.filter(({ type }) => type.endsWith(":Secret")),
            [],
        );
    });

    it("is refused late when what it comes from is empty", async () => {
        const late = { certificatePem: pulumi.output("") };
        const { errors } = await toldLate(
            () => new ServingSecret("s", { ...SERVING_SECRET, ...late }),
        );
        assert.match(errors.join("\n"), /certificatePem is missing: what it comes from is empty/);
    });

    it("is looked at in a preview that knows it already", async () => {
        const run: Promise<Run<ServingSecret>> = make({}, true);
        assert.equal((await run).resources.length, 2);
        const { errors } = await toldLate(
            () =>
                new ServingSecret("s", { ...SERVING_SECRET, serviceName: pulumi.output("other") }),
            { preview: true },
        );
        assert.match(errors.join("\n"), /expected one for other\.kube-system\.svc/);
    });
});
