import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
    CertificateSource,
    MetricsServer,
    SecureMetricsServer,
    ServingCertificate,
    type CertificateSettingsArgs,
    type ServingCertificateArgs,
} from "../../index";
import { InvalidArgumentsError } from "../../components/shared/invalidArguments";
import { base64 } from "../../components/shared/pem";
import { certificate, otherCa, type Subject } from "../scripts/support/certificates";
import { COMPANY_CA } from "./support/cases";
import { SERVING, SERVING_CA, SERVING_KEY } from "./support/certificates";
import { foreign, METRICS_SERVER, NODES, SSH } from "./support/fixtures";
import { header, named, runHook } from "./support/find";
import { toldLate } from "./support/late";
import { record, unknown, valueOf, type Recorded, type Run } from "./support/mocks";
import { pem } from "./support/providerStates";
import { secret, type Plain } from "./support/recorded";

const SERVICE = { serviceName: "metrics-server", namespace: "kube-system" };
const NAME = "metrics-server.kube-system.svc";
const CA = { certificatePem: COMPANY_CA.certificate, privateKeyPem: COMPANY_CA.key };
const UNDER_CA = { source: CertificateSource.GivenCa, givenCa: CA };
const GIVEN = { certificatePem: SERVING, caCertificatePem: SERVING_CA };
const WITH_KEY = {
    source: CertificateSource.Given,
    given: { ...GIVEN, privateKeyPem: SERVING_KEY },
};
const SECRET = {
    source: CertificateSource.ExistingSecret,
    existingSecret: { name: "from-elsewhere", caCertificatePem: SERVING_CA },
};

function issued(settings: Partial<ServingCertificateArgs>): Promise<Run<ServingCertificate>> {
    return record(() => new ServingCertificate("s", { ...SERVICE, ...settings }));
}

function secure(
    servingCertificate: CertificateSettingsArgs,
    states: Record<string, object> = {},
): Promise<Run<SecureMetricsServer>> {
    return record(
        () => new SecureMetricsServer("m", { nodes: NODES, ssh: SSH, servingCertificate }),
        {
            states,
        },
    );
}

/** What a program is told before anything is registered, each problem a line. */
async function problems(program: () => unknown): Promise<string[]> {
    let message = "";
    const { resources } = await record(() => {
        try {
            program();
        } catch (error) {
            assert.ok(error instanceof InvalidArgumentsError, String(error));
            message = error.message;
        }
    });
    assert.ok(message !== "" || resources.length > 0);
    assert.ok(message === "" || resources.length === 0);
    return message.split("\n").slice(1);
}

const refusedBy = (settings: object): Promise<string[]> =>
    problems(() => new ServingCertificate("s", { ...SERVICE, ...settings }));

async function refused(settings: object, ...expected: (string | RegExp)[]): Promise<void> {
    const found = await refusedBy(settings);
    assert.equal(found.length, expected.length, found.join("\n"));
    expected.forEach((each, index) => {
        const line = (found[index] ?? "").replace(/^ {2}- /, "");
        if (typeof each === "string") assert.ok(line.startsWith(each), line);
        else assert.match(line, each);
    });
}

/** What a program is told late, and what it had made by then if that is known. */
async function late<T>(
    program: () => T,
    states: Record<string, object> = {},
): Promise<{ errors: string; run: Run<T> | undefined }> {
    const told: string[] = [];
    const listener = (error: unknown): void => void told.push(String(error));
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", listener);
    let run: Run<T> | undefined;
    try {
        run = await record(program, { states });
    } catch (error) {
        listener(error);
    } finally {
        // A rejection counts as unhandled only after the turn in which nobody handled it.
        await new Promise((resolve) => setTimeout(resolve, 20));
        process.removeListener("unhandledRejection", listener);
        others.forEach((each) => process.on("unhandledRejection", each));
    }
    return { errors: told.join("\n"), run };
}

const limited = (extensions: string[], more: Partial<Subject> = {}) => {
    const ca = certificate({ subject: "/CN=limited", ca: true, extensions, ...more });
    return {
        source: CertificateSource.GivenCa,
        givenCa: { certificatePem: ca.certificate, privateKeyPem: ca.key },
    };
};

describe("the source of a serving certificate", () => {
    it("is refused when it is none, with those that there are", () =>
        refused(
            { source: foreign("vault") },
            'source is "vault"; expected own, givenCa, given, clusterCa or existingSecret',
        ));

    it("is refused with arguments that belong to another one, each with what to do", () =>
        refused(
            { ...WITH_KEY, givenCa: CA, validityHours: 48, caKeyGenerations: ["1"] },
            'givenCa belongs to source givenCa, and source is given; expected it not to be set; next: remove givenCa, or set source to "givenCa"',
            "validityHours belongs to source own, givenCa or clusterCa, and source is given;",
            "caKeyGenerations belongs to source own, and source is given;",
        ));

    it("is own when nobody says, so that a bag alone is refused and not passed over", async () => {
        await refused({ givenCa: CA }, "givenCa belongs to source givenCa, and source is own;");
        await refused(
            { given: GIVEN, activeCaKeyGeneration: "1" },
            "given belongs to source given, and source is own;",
        );
    });

    it("is refused without what it needs", async () => {
        await refused(
            { source: CertificateSource.GivenCa },
            "givenCa is missing; expected certificatePem and privateKeyPem in it, because source is givenCa",
        );
        await refused(
            { source: CertificateSource.GivenCa, givenCa: {} },
            "givenCa.certificatePem is missing; expected the CA's certificate, PEM",
            "givenCa.privateKeyPem is missing; expected its private key, PEM",
        );
        await refused(
            { source: CertificateSource.Given, given: { caCertificatePem: SERVING_CA } },
            /^given\.certificatePem is missing; .*; next: without one, run with source own, have its output certificateRequest signed, and give what comes back$/,
        );
    });

    it("is refused with names that are no arguments of it", () =>
        refused(
            { ...UNDER_CA, givenCa: { ...CA, passphrase: "x" } },
            "givenCa.passphrase is no argument; expected one of certificatePem, privateKeyPem",
        ));

    it("is refused by ServingCertificate when there would be nothing to make", async () => {
        await refused(
            { source: CertificateSource.ExistingSecret },
            'source is "existingSecret", and there is nothing to make; expected own, givenCa or given; next: mount the Secret by its name',
        );
        await refused({ existingSecret: SECRET.existingSecret }, "existingSecret is no argument;");
    });

    it("is reported by SecureMetricsServer with all other problems at once", async () => {
        const found = await problems(
            () =>
                new SecureMetricsServer("m", {
                    nodes: NODES,
                    ssh: SSH,
                    maxUnavailable: 0,
                    servingCertificate: { ...UNDER_CA, givenCa: { ...CA, privateKeyPem: "none" } },
                }),
        );
        assert.equal(found.length, 2, found.join("\n"));
        assert.match(found[0] ?? "", /maxUnavailable is 0;/);
        assert.match(found[1] ?? "", /givenCa\.privateKeyPem has no PEM private key;/);
    });
});

describe("further CA certificates", () => {
    it("stand behind those of every source, in caBundle and nowhere else", async () => {
        const additionalCaPem = otherCa().certificate;
        const own = await issued({ additionalCaPem });
        assert.equal(await valueOf(own.result.caCertificatePem), pem("s-ca-1") + additionalCaPem);
        assert.equal(
            await valueOf(own.result.certificatePem),
            pem("s-certificate") + pem("s-ca-1"),
        );
        const given = await issued({
            ...WITH_KEY,
            additionalCaPem: pulumi.output(additionalCaPem),
        });
        assert.equal(await valueOf(given.result.caBundle), base64(SERVING_CA + additionalCaPem));
    });

    it("are refused when they are none, or would give a key away, also when they become known late", async () => {
        await refused({ additionalCaPem: "none" }, "additionalCaPem has no PEM certificate;");
        await refused(
            { additionalCaPem: SERVING_CA + SERVING_KEY },
            "additionalCaPem has a private key, and everybody may read it;",
        );
        await refused(
            { additionalCaPem: SERVING },
            /^additionalCaPem: certificate 1 \(CN=metrics-server\.kube-system\.svc\) is no CA certificate;/,
        );
        const { errors } = await toldLate(
            () =>
                new ServingCertificate("s", {
                    ...SERVICE,
                    additionalCaPem: pulumi.output(SERVING),
                }),
        );
        assert.match(errors.join("\n"), /additionalCaPem: certificate 1 .* is no CA certificate/);
    });
});

describe("the package's own CA beside another source", () => {
    const slots = { includeOwnCa: true, caKeyGenerations: ["1", "2"], activeCaKeyGeneration: "2" };

    it("is trusted before it signs, and is the one that source own takes up", async () => {
        const { result, resources } = await issued({ ...UNDER_CA, ...slots });
        assert.equal(
            await valueOf(result.caCertificatePem),
            COMPANY_CA.certificate + pem("s-ca-1") + pem("s-ca-2"),
        );
        assert.equal(named(resources, "s-certificate").inputs["caCertPem"], COMPANY_CA.certificate);
        const own = await issued({ ...slots, includeOwnCa: undefined });
        for (const name of ["s-ca-key-1", "s-ca-1", "s-ca-key-2", "s-ca-2"]) {
            assert.deepEqual(named(resources, name), named(own.resources, name));
        }
    });

    it("is there anyway with source own, and its slots are looked at with every source", async () => {
        const { result } = await issued({ includeOwnCa: true });
        assert.equal(await valueOf(result.caCertificatePem), pem("s-ca-1"));
        await refused(
            { ...UNDER_CA, caKeyGenerations: ["1"] },
            "caKeyGenerations belongs to source own, and source is givenCa;",
        );
        await refused(
            { ...UNDER_CA, ...slots, activeCaKeyGeneration: "3" },
            /^activeCaKeyGeneration is "3"/,
        );
    });
});

describe("a CA that is given", () => {
    it("signs a leaf for the package's key, which is renewed as with an own CA", async () => {
        const { result, resources } = await issued({
            ...UNDER_CA,
            validityHours: 48,
            renewBeforeHours: 12,
        });
        assert.deepEqual(named(resources, "s-certificate").inputs, {
            certRequestPem: "request s-request",
            caPrivateKeyPem: secret(COMPANY_CA.key),
            caCertPem: COMPANY_CA.certificate,
            allowedUses: ["digital_signature", "server_auth"],
            validityPeriodHours: 48,
            earlyRenewalHours: 12,
        });
        assert.equal(
            await valueOf(result.certificatePem),
            pem("s-certificate") + COMPANY_CA.certificate,
        );
        assert.equal(await valueOf(result.caCertificatePem), COMPANY_CA.certificate);
        assert.equal(await valueOf(result.notAfter), "2027-06-01T00:00:00Z");
        assert.match((await valueOf(result.caNotAfter)) ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        assert.equal(await valueOf(result.certificateRequest), "request s-request");
    });

    it("signs for all names of the Service, as without name constraints", async () => {
        const { resources } = await issued(UNDER_CA);
        assert.deepEqual(named(resources, "s-request").inputs["dnsNames"], [
            NAME,
            "metrics-server",
            "metrics-server.kube-system",
            `${NAME}.cluster.local`,
        ]);
    });

    it("with name constraints signs for the names that it permits, if the verified one is among them", async () => {
        const extensions = [
            "nameConstraints=critical,permitted;DNS:svc,permitted;DNS:company.example",
        ];
        const { resources } = await issued({
            ...limited(extensions),
            extraDnsNames: ["metrics.company.example"],
        });
        assert.deepEqual(named(resources, "s-request").inputs["dnsNames"], [
            NAME,
            "metrics.company.example",
        ]);
        await refused(
            {
                ...limited(["nameConstraints=permitted;DNS:company.example"]),
                extraDnsNames: ["a.example"],
            },
            `givenCa.certificatePem (CN=limited) has name constraints that do not permit ${NAME}, a.example; expected a CA that may sign for it; next: openssl x509`,
        );
        const addressed = limited(["nameConstraints=permitted;IP:10.0.0.0/255.0.0.0"]);
        const within = await issued({ ...addressed, extraIpAddresses: ["10.0.0.5"] });
        assert.deepEqual(named(within.resources, "s-request").inputs["ipAddresses"], ["10.0.0.5"]);
        await refused(
            { ...addressed, extraIpAddresses: ["10.0.0.5", "FD00::5", "192.0.2.1"] },
            /has name constraints that do not permit fd00::5, 192\.0\.2\.1; expected a CA/,
        );
        await refused(
            limited(["nameConstraints=critical,permitted;RID:1.2.3.4"]),
            /has name constraints that cannot be read, or critical ones of another kind than DNS, IP, email or URI;/,
        );
    });

    it("is refused when it is no CA, may not sign for servers, or is not valid now", async () => {
        await refused(
            {
                source: CertificateSource.GivenCa,
                givenCa: { certificatePem: SERVING, privateKeyPem: SERVING_KEY },
            },
            `givenCa.certificatePem (CN=${NAME}) is no CA certificate; expected CA:TRUE`,
        );
        await refused(
            limited(["keyUsage=digitalSignature"]),
            /is no CA certificate; expected CA:TRUE and, where it has key usages, keyCertSign;/,
        );
        await refused(
            limited(["extendedKeyUsage=clientAuth"]),
            /has extended key usages without serverAuth;/,
        );
        await refused(
            limited([], { from: -20, until: -10 }),
            /\(CN=limited\) expired on \S+Z; expected one that is valid now;/,
        );
        await refused(limited([], { from: 10, until: 20 }), /is valid only from \S+Z on;/);
    });

    it("is refused with another key, with an encrypted one, and with more than one certificate, and no key is quoted", async () => {
        const other = otherCa().key;
        await refused(
            { ...UNDER_CA, givenCa: { ...CA, privateKeyPem: other } },
            "givenCa.privateKeyPem is not the key of givenCa.certificatePem (CN=company-ca); expected the pair;",
        );
        await refused(
            {
                ...UNDER_CA,
                givenCa: {
                    ...CA,
                    privateKeyPem: other.replaceAll("EC PRIVATE", "ENCRYPTED PRIVATE"),
                },
            },
            "givenCa.privateKeyPem has no PEM private key; expected one that is not encrypted",
        );
        await refused(
            {
                ...UNDER_CA,
                givenCa: { ...CA, certificatePem: CA.certificatePem + otherCa().certificate },
            },
            "givenCa.certificatePem has 2 certificates; expected the certificate of one CA, alone; next: leave out the CAs above it,",
        );
        const [line = ""] = await refusedBy({
            ...UNDER_CA,
            givenCa: { ...CA, certificatePem: CA.certificatePem + other },
        });
        assert.match(line, /givenCa\.certificatePem has a private key, and everybody may read it;/);
        assert.ok(!line.includes(other.split("\n")[1] ?? "?"));
    });

    it("is looked at again when it becomes known late, before anything is signed", async () => {
        const late = {
            certificatePem: pulumi.output(CA.certificatePem),
            privateKeyPem: pulumi.secret(otherCa().key),
        };
        const { errors, resources } = await toldLate(
            () => new ServingCertificate("s", { ...SERVICE, ...UNDER_CA, givenCa: late }),
        );
        assert.match(
            errors.join("\n"),
            /^ServingCertificate "s": 1 problem in its arguments:\n {2}- givenCa\.privateKeyPem is not the key of/,
        );
        assert.deepEqual(
            resources.filter(({ name }) => name === "s-certificate"),
            [],
        );
        const sound = await issued({
            ...UNDER_CA,
            givenCa: { ...late, privateKeyPem: pulumi.secret(CA.privateKeyPem) },
        });
        assert.deepEqual(
            named(sound.resources, "s-certificate").inputs["caPrivateKeyPem"],
            secret(CA.privateKeyPem),
        );
    });

    it("shows in a preview that does not know it", async () => {
        const { resources } = await record(
            () =>
                new ServingCertificate("s", {
                    ...SERVICE,
                    ...UNDER_CA,
                    givenCa: {
                        certificatePem: unknown<string>(),
                        privateKeyPem: unknown<string>(),
                    },
                }),
            { preview: true },
        );
        assert.deepEqual(resources.map(({ name }) => name).sort(), [
            "s",
            "s-certificate",
            "s-key",
            "s-request",
        ]);
    });
});

describe("a certificate that is given", () => {
    it("with its key is passed on as it is, and nothing is made", async () => {
        const { result, resources } = await issued(WITH_KEY);
        assert.deepEqual(
            resources.map(({ name }) => name),
            ["s"],
        );
        assert.equal(await valueOf(result.certificatePem), SERVING);
        assert.equal(await valueOf(result.privateKeyPem), SERVING_KEY);
        assert.equal(await pulumi.isSecret(result.privateKeyPem), true);
        assert.equal(await valueOf(result.caBundle), base64(SERVING_CA));
        assert.equal(await valueOf(result.notAfter), "2126-10-31T18:42:02Z");
        assert.equal(await valueOf(result.caNotAfter), "2126-10-31T18:42:02Z");
        assert.equal(await valueOf(result.renewalTime), "2126-10-01T18:42:02Z");
        assert.equal(await valueOf(result.certificateRequest), "");
    });

    const states = { "s-key": { privateKeyPem: "pem", privateKeyPemPkcs8: SERVING_KEY } };
    const forOwnKey = { source: CertificateSource.Given, given: GIVEN };

    it("without its key is one for the package's own, whose request any run with source own has, too", async () => {
        const before = await issued({});
        assert.equal(await valueOf(before.result.certificateRequest), "request s-request");
        const { result, resources } = await record(
            () => new ServingCertificate("s", { ...SERVICE, ...forOwnKey }),
            { states },
        );
        for (const kept of ["s-key", "s-request"]) {
            const inputs = named(resources, kept).inputs;
            const { privateKeyPem, ...rest } = named(before.resources, kept).inputs;
            assert.deepEqual({ ...inputs, privateKeyPem }, { privateKeyPem, ...rest });
        }
        assert.equal(await valueOf(result.privateKeyPem), SERVING_KEY);
        assert.equal(await valueOf(result.certificateRequest), "request s-request");
    });

    it("is refused for another key than the package's own, with what to have signed", async () => {
        const other = { "s-key": { privateKeyPem: "pem", privateKeyPemPkcs8: otherCa().key } };
        const { errors } = await late(
            () => new ServingCertificate("s", { ...SERVICE, ...forOwnKey }),
            other,
        );
        assert.match(
            errors,
            /given\.certificatePem begins with a certificate \(CN=metrics-server\.kube-system\.svc\) for another key than the package's own; expected one that was made from the output certificateRequest, or its key in given\.privateKeyPem; next: have certificateRequest signed/,
        );
    });

    it("is refused late for addresses that are none, or that it is not for", async () => {
        const told = async (address: string): Promise<string> => {
            const extraIpAddresses = [pulumi.output(address)];
            const args = { ...SERVICE, ...WITH_KEY, extraIpAddresses };
            return (await late(() => new ServingCertificate("s", args))).errors;
        };
        assert.match(await told("10.0.0"), /extraIpAddresses has "10\.0\.0"; expected an IPv4/);
        assert.match(await told("10.0.0.5"), /expected one for 10\.0\.0\.5, which the API server/);
    });

    it("is refused when the way to its CA is none that Go takes: ended, without serverAuth, with name constraints", async () => {
        const under = (different: Partial<Subject>) => {
            const ca = certificate({ subject: "/CN=given-ca", ca: true, ...different });
            const pair = certificate({ subject: "/CN=ms", names: `DNS:${NAME}`, issuer: ca });
            const given = {
                certificatePem: pair.certificate,
                privateKeyPem: pair.key,
                caCertificatePem: ca.certificate,
            };
            return { source: CertificateSource.Given, given };
        };
        const ended = under({ from: -20, until: -10 });
        const begins =
            "given\\.certificatePem \\(CN=ms\\) leads to a CA of given\\.caCertificatePem only by way of CN=given-ca, which ";
        await refused(ended, new RegExp(`^${begins}expired on `));
        await refused(
            under({ extensions: ["extendedKeyUsage=clientAuth"] }),
            new RegExp(`^${begins}has extended key usages without serverAuth;`),
        );
        const elsewhere = under({ extensions: ["nameConstraints=permitted;DNS:example.com"] });
        await refused(
            elsewhere,
            new RegExp(`^${begins}has name constraints that do not permit ${NAME};`),
        );
        // Another CA in the bundle that vouches for it is enough.
        const { certificatePem, privateKeyPem, caCertificatePem } = ended.given;
        const both = otherCa().certificate + caCertificatePem;
        const given = { certificatePem, privateKeyPem, caCertificatePem: both };
        await refused({ ...ended, given }, /only by way of/);
        assert.deepEqual(await refusedBy(under({})), []);
    });

    it("is refused for a key that Go's TLS does not serve with", async () => {
        const ca = certificate({ subject: "/CN=given-ca", ca: true });
        const { certificate: pem, key } = certificate({
            subject: "/CN=ms",
            names: `DNS:${NAME}`,
            issuer: ca,
            curve: "secp256k1",
        });
        const given = { certificatePem: pem, privateKeyPem: key, caCertificatePem: ca.certificate };
        await refused(
            { source: CertificateSource.Given, given },
            /for a key that Go's TLS does not serve with; expected ECDSA/,
        );
    });

    it("is refused when the API server would refuse it: names, usage, time, pair, chain", async () => {
        const ca = certificate({ subject: "/CN=given-ca", ca: true });
        const given = (different: Partial<Subject>, caCertificatePem = ca.certificate) => {
            const pair = certificate({
                subject: "/CN=ms",
                names: `DNS:${NAME}`,
                issuer: ca,
                ...different,
            });
            return {
                source: CertificateSource.Given,
                given: {
                    certificatePem: pair.certificate,
                    privateKeyPem: pair.key,
                    caCertificatePem,
                },
            };
        };
        assert.deepEqual(await refusedBy(given({})), []);
        await refused(
            given({ names: "DNS:a.example" }),
            /^given\.certificatePem begins with a certificate \(CN=ms\) for DNS:a\.example; expected one for metrics-server\.kube-system\.svc,/,
        );
        await refused(
            { ...given({}), extraDnsNames: ["a.example"] },
            /for DNS:metrics-server\.kube-system\.svc; expected one for a\.example,/,
        );
        const addressed = given({ names: `DNS:${NAME},IP:10.0.0.5,IP:fd00::5` });
        const extraIpAddresses = ["10.0.0.5", "FD00:0::5"];
        assert.deepEqual(await refusedBy({ ...addressed, extraIpAddresses }), []);
        await refused(
            { ...given({}), extraIpAddresses },
            /for DNS:metrics-server\.kube-system\.svc; expected one for 10\.0\.0\.5,/,
            /for DNS:metrics-server\.kube-system\.svc; expected one for fd00::5,/,
        );
        await refused(
            { ...given({ names: `DNS:${NAME},DNS:10.0.0.5` }), extraIpAddresses: ["10.0.0.5"] },
            /expected one for 10\.0\.0\.5, which the API server verifies;/,
        );
        await refused(
            { ...addressed, extraIpAddresses: ["10.0.0"] },
            'extraIpAddresses has "10.0.0"; expected an IPv4 or IPv6 address',
        );
        await refused(
            given({ extensions: ["extendedKeyUsage=clientAuth"] }),
            /may not serve; expected the extended key usage serverAuth;/,
        );
        await refused(
            given({ from: -20, until: -10 }),
            /that expired on .*; next: renew it where it was made$/,
        );
        await refused(
            given({}, otherCa().certificate),
            /^given\.caCertificatePem has CN=another, and none of them signed given\.certificatePem/,
        );
        const { given: pair } = given({});
        await refused(
            { source: CertificateSource.Given, given: { ...pair, privateKeyPem: otherCa().key } },
            /^given\.privateKeyPem is not the key of the first certificate in given\.certificatePem/,
        );
    });

    it("has no life of its own to set, and warns before its end as long as it is told", async () => {
        await refused(
            { ...WITH_KEY, renewBeforeHours: -1 },
            "renewBeforeHours is -1; expected a whole number of hours from 0 on",
        );
        const { result } = await issued({ ...WITH_KEY, renewBeforeHours: 24 });
        assert.equal(await valueOf(result.renewalTime), "2126-10-01T18:42:02Z");
    });
});

describe("a Secret that somebody else keeps", () => {
    const volumes = (resources: Recorded[]): Plain | undefined => {
        const { spec } = named(resources, "m-metrics-server-deployment").inputs as unknown as {
            spec: { template: { spec: Record<string, Plain> } };
        };
        return (spec.template.spec["volumes"] as Record<string, Plain>[])[1]?.["secret"];
    };

    it("is mounted by its name, and neither made nor read", async () => {
        const { result, resources } = await secure(SECRET);
        assert.deepEqual(volumes(resources), { secretName: "from-elsewhere", defaultMode: 0o440 });
        assert.deepEqual(
            resources.filter(({ type }) => /^tls:|:Secret$|:ServingCertificate$/.test(type)),
            [],
        );
        assert.equal(await valueOf(result.caBundle), base64(SERVING_CA));
        assert.equal(await valueOf(result.certificateRequest), "");
    });

    it("is served although the package's own CA is trusted beside its CA", async () => {
        const { result, resources } = await secure({ ...SECRET, includeOwnCa: true });
        assert.equal(
            await valueOf(result.caBundle),
            base64(SERVING_CA + pem("m-serving-certificate-ca-1")),
        );
        assert.deepEqual(volumes(resources), { secretName: "from-elsewhere", defaultMode: 0o440 });
        assert.deepEqual(
            resources.filter(({ type }) => type.endsWith(":Secret")),
            [],
        );
    });

    it("is looked at in the cluster, before the first change and by the last check, with every CA of the bundle", async () => {
        const additionalCaPem = otherCa().certificate;
        const { resources } = await secure({ ...SECRET, additionalCaPem });
        for (const check of ["m-preflight", "m-metrics"]) {
            const settings = header(named(resources, check));
            assert.equal(settings["SERVING_SECRET"], "from-elsewhere", check);
            assert.equal(settings["SERVING_CA"], SERVING_CA + additionalCaPem, check);
            assert.equal(settings["CERTIFICATE_SHA256"], undefined);
        }
    });

    it("says when its certificate ends as the last check saw it, and nothing where nobody looked", async () => {
        const stdout = JSON.stringify({
            nodes: 3,
            servingCertificate: {
                notBefore: "2126-01-01T00:00:00Z",
                notAfter: "2126-03-02T00:00:00Z",
            },
        });
        const seen = await secure(SECRET, { "m-metrics": { stdout, stderr: "" } });
        assert.equal(await valueOf(seen.result.servingCertificateNotAfter), "2126-03-02T00:00:00Z");
        // A third of 60 days.
        assert.equal(await valueOf(seen.result.renewalTime), "2126-02-10T00:00:00Z");
        assert.equal(await valueOf(seen.result.caNotAfter), "2126-10-31T18:42:02Z");
        for (const odd of ["", "garbage", '{"servingCertificate":{"notAfter":"soon"}}']) {
            const { result } = await secure(SECRET, { "m-metrics": { stdout: odd, stderr: "" } });
            assert.equal(await valueOf(result.servingCertificateNotAfter), "");
        }
    });

    it("is refused with a name or CAs that are none, also when they become known late and before any node is touched", async () => {
        const bad = { name: "From Elsewhere", caCertificatePem: SERVING };
        const program = (existingSecret: object) => () =>
            new SecureMetricsServer("m", {
                nodes: NODES,
                ssh: SSH,
                servingCertificate: { ...SECRET, existingSecret } as CertificateSettingsArgs,
            });
        const found = await problems(program(bad));
        assert.match(
            found[0] ?? "",
            /existingSecret\.name is no name of a Secret; expected a lower-case DNS name/,
        );
        assert.match(
            found[1] ?? "",
            /existingSecret\.caCertificatePem: certificate 1 .* is no CA certificate/,
        );
        const late = {
            name: pulumi.output(bad.name),
            caCertificatePem: pulumi.output(bad.caCertificatePem),
        };
        const { errors, resources } = await toldLate(program(late));
        assert.match(errors.join("\n"), /SecureMetricsServer "m": 2 problems/);
        assert.deepEqual(
            resources.filter(({ name }) => /-node-|deployment$/.test(name)).map(({ name }) => name),
            [],
        );
    });

    it("is taken by MetricsServer alone by its name, beside a caBundle and instead of a pair", async () => {
        const { caBundle, ...pair } = METRICS_SERVER;
        const { resources } = await record(
            () => new MetricsServer("m", { secretName: pulumi.output("from-elsewhere"), caBundle }),
        );
        assert.deepEqual(
            resources.filter(({ type }) => type.endsWith(":Secret")),
            [],
        );
        const found = await problems(
            () => new MetricsServer("m", { ...pair, secretName: "-", caBundle }),
        );
        assert.deepEqual(found, [
            "  - certificatePem and secretName are both set; expected one of them; next: remove certificatePem",
            "  - privateKeyPem and secretName are both set; expected one of them; next: remove privateKeyPem",
            "  - secretName is no name of a Secret; expected a lower-case DNS name; it is not shown, since a key may have got there",
        ]);
    });
});

describe("what stands before the first change", () => {
    it("fails with a certificate that became known late and cannot be used", async () => {
        const given = { ...WITH_KEY.given, privateKeyPem: pulumi.secret(otherCa().key) };
        const { errors, run } = await late(
            () =>
                new SecureMetricsServer("m", {
                    nodes: NODES,
                    ssh: SSH,
                    servingCertificate: { ...WITH_KEY, given },
                }),
        );
        assert.match(errors, /given\.privateKeyPem is not the key/);
        assert.ok(run !== undefined);
        await assert.rejects(runHook(run, "m-preflight"), /given\.privateKeyPem is not the key/);
    });
});
