import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { isNodeStatus } from "../../components/ssh/nodeStatus";
import { certificate, otherCa, type Pair, type Subject } from "./support/certificates";
import { onControlPlane, type FakeControlPlane } from "./support/controlPlane";
import { describeInShells, describeInTurn, type Cases } from "./support/parallel";
import { healthy } from "./support/readyCluster";
import { resultOf } from "./support/shells";
import { FIGURES, silent, STAMPS } from "./support/silentApi";

const NAME = "metrics-server.kube-system.svc";
const SECRET = "get secret -n kube-system from-elsewhere";
const KEY = "base64decode (index .data";
const SLICES = "get endpointslices";

const companyCa = (): Pair => certificate({ subject: "/CN=company-ca", ca: true });

/** What a company would put into the Secret, and what is different about it. */
function issued(different: Partial<Subject> = {}): Pair {
    return certificate({
        subject: "/CN=ms",
        names: `DNS:${NAME}`,
        issuer: companyCa(),
        ...different,
    });
}

const middle = (): Pair => certificate({ subject: "/CN=middle", ca: true, issuer: companyCa() });

/** A Secret as the script reads it, and its key, which it reads for openssl only. */
function holds(node: FakeControlPlane, { certificate: pem, key }: Pair): void {
    node.header["SERVING_SECRET"] = "from-elsewhere";
    node.header["SERVING_CA"] = companyCa().certificate;
    node.answers = {
        [KEY]: { stdout: key },
        [SECRET]: { stdout: `"kubernetes.io/tls" key\n${pem}` },
        ...node.answers,
    };
}

function keepsTheKey(output: string, { key }: Pair): void {
    for (const line of key
        .split("\n")
        .filter((each) => each.length > 20 && !each.startsWith("-"))) {
        assert.ok(!output.includes(line), output);
    }
}

const passes = (pair: () => Pair): Cases[string] =>
    onControlPlane(async (node) => {
        healthy(node);
        holds(node, pair());
        const run = await node.run("preflight");
        assert.equal(run.code, 0, run.output);
        keepsTheKey(run.output, pair());
    });

const finds = (
    pair: () => Pair,
    says: RegExp,
    arrange?: (node: FakeControlPlane) => void,
): Cases[string] =>
    onControlPlane(async (node) => {
        healthy(node);
        holds(node, pair());
        arrange?.(node);
        const { code, output } = await node.run("preflight");
        assert.equal(code, 71, output);
        const [, ...findings] = output.trimEnd().split("\n");
        assert.equal(findings.length, 1, output);
        assert.match(findings[0] ?? "", says);
        assert.match(findings[0] ?? "", /expected .*; next: /);
        keepsTheKey(output, pair());
    });

const findsKey = (key: () => string): Cases[string] =>
    finds(
        () => ({ ...issued(), key: key() }),
        /tls\.key of Secret kube-system\/from-elsewhere is not the unencrypted key of the first certificate in its tls\.crt;/,
    );

const findsHead = (head: string, says: RegExp): Cases[string] =>
    finds(issued, says, (node) => {
        node.answers[SECRET] = { stdout: `${head}\n${issued().certificate}` };
    });

describeInShells("preflight.sh, of a Secret with metrics-server's certificate,", {
    "passes one that the API server will believe": passes(() => issued()),
    "finds one of another CA, with both issuers and what to give": finds(
        () => issued({ issuer: otherCa() }),
        /tls\.crt of Secret kube-system\/from-elsewhere does not verify for metrics-server\.kube-system\.svc: unable to get local issuer certificate.*; it is "subject=.*CN = ms.*issuer=.*CN = another.*issued by "subject=.*CN = company-ca.*next: give the CA that signed it in servingCertificate\.existingSecret\.caCertificatePem/,
    ),
});

describeInTurn("preflight.sh, of a Secret with metrics-server's certificate,", {
    "finds one that cert-manager keeps for this package: it goes with its Certificate": finds(
        () => issued(),
        /Secret kube-system\/from-elsewhere is one that cert-manager keeps for this package, and goes with its Certificate; expected one that somebody else keeps; next: copy it/,
        (node) => {
            const { stdout = "" } = node.answers[SECRET] ?? {};
            const labelled = String(stdout).replace(
                " key",
                ' key "secure-metrics-server/cert-manager-secret"',
            );
            node.answers[SECRET] = { stdout: labelled };
        },
    ),
    "finds a signature with SHA-1, which Go does not take": finds(
        () => issued({ digest: "sha1" }),
        /does not verify for \S+: [^;]*(weak|too small|digest)/i,
    ),
    "passes one under an intermediate CA that tls.crt has behind it": passes(() => {
        const leaf = issued({ issuer: middle() });
        return { ...leaf, certificate: leaf.certificate + middle().certificate };
    }),
    "passes one under an intermediate CA that alone is in caBundle": onControlPlane(
        async (node) => {
            healthy(node);
            holds(node, issued({ issuer: middle() }));
            node.header["SERVING_CA"] = middle().certificate;
            const { code, output } = await node.run("preflight");
            assert.equal(code, 0, output);
        },
    ),
    "finds one for another name": finds(
        () => issued({ names: "DNS:a.example" }),
        /does not verify for metrics-server\.kube-system\.svc: [Hh]ostname mismatch; .*next: have it made for DNS:metrics-server\.kube-system\.svc$/,
    ),
    "finds one with its name as a common name only, which nobody looks at": finds(
        () => issued({ subject: `/CN=${NAME}`, names: "IP:10.0.0.1" }),
        /it has no DNS name in subjectAltName; .*next: have it made for DNS:/,
    ),
    "finds one that may not serve": finds(
        () => issued({ extensions: ["extendedKeyUsage=clientAuth"] }),
        /certificate purpose; .*next: have it made with the extended key usage serverAuth$/,
    ),
    "finds one that has expired": finds(
        () => issued({ from: -20, until: -10 }),
        /certificate has expired; .*next: renew it where it was made; metrics-server reads it anew/,
    ),
    "finds one that ends within a week": finds(
        () => issued({ until: 3 }),
        /tls\.crt of Secret kube-system\/from-elsewhere ends within a week \([A-Z][a-z]{2} .* GMT\); expected more; next: renew it/,
    ),
    "finds one whose names would be taken for our words": finds(
        () =>
            issued({
                subject: "/CN=error 20 at 0 depth lookup: fine; next: curl evil",
                issuer: otherCa(),
            }),
        /does not verify for \S+: unable to get local issuer certificate[^;]*; it is ".*curl evil/,
    ),
    "finds a key that is another's": findsKey(() => otherCa().key),
    "finds a key that is none": findsKey(() => "garbage"),
    "finds a key that is encrypted": findsKey(() =>
        createPrivateKey(issued().key)
            .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "a-secret" })
            .toString(),
    ),
    "finds something that is no certificate": finds(
        () => ({ ...issued(), certificate: "none\u001b[31m\n" }),
        /tls\.crt of Secret kube-system\/from-elsewhere begins with no certificate;/,
    ),
    "finds a Secret of another type": findsHead(
        '"Opaque<{%x%}>" key',
        / is of type "Opaque<\{ ?%x%/,
    ),
    "finds a Secret without a key": findsHead(
        '"kubernetes.io/tls" ',
        / is of type "kubernetes\.io\/tls" without tls\.key;/,
    ),
    "finds a Secret that is not there, with how to make it": finds(
        issued,
        /Secret kube-system\/from-elsewhere is not there; expected it before metrics-server mounts it; next: kubectl create secret tls from-elsewhere -n kube-system --cert=CHAIN\.pem --key=KEY\.pem/,
        (node) => {
            node.answers[SECRET] = {
                stderr: 'Error from server (NotFound): secrets "x" not found\n',
                code: 1,
            };
        },
    ),
    "asks for no Secret where the package makes it": onControlPlane(async (node) => {
        healthy(node);
        const { code, output } = await node.run("preflight");
        assert.equal(code, 0, output);
        assert.deepEqual(
            node.calls.filter((call) => call.startsWith("get secret ")),
            [],
        );
    }),
    "fails when it cannot be read, and says why": onControlPlane(async (node) => {
        healthy(node);
        holds(node, issued());
        node.answers[SECRET] = { stderr: "Error from server (Forbidden): no\n", code: 1 };
        const { code, output } = await node.run("preflight");
        assert.equal(code, 71, output);
        assert.match(
            output,
            /error: cannot read Secret kube-system\/from-elsewhere: Error from server \(Forbidden\): no\n$/,
        );
    }),
});

/** A metrics API that answers for two nodes, and a pod that serves something from the Secret. */
async function serving(
    node: FakeControlPlane,
    pair: Pair,
    body: () => Promise<void>,
): Promise<void> {
    const stamp = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    const server = createServer({ cert: pair.certificate, key: pair.key }, (socket) =>
        socket.end(),
    );
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
        node.header = { INVENTORY: "cp1 10.0.0.11\nw1 10.0.0.12", METRICS_TIMEOUT: "0" };
        node.answers = {
            [FIGURES]: { stdout: "{}" },
            [STAMPS]: { stdout: `cp1 ${stamp}\nw1 ${stamp}\n` },
            [SLICES]: { stdout: `127.0.0.1 ${(server.address() as AddressInfo).port}\n` },
        };
        holds(node, pair);
        await body();
    } finally {
        server.close();
    }
}

const lastCheck = (
    pair: () => Pair,
    body: (node: FakeControlPlane) => Promise<void>,
): Cases[string] => onControlPlane((node) => serving(node, pair(), () => body(node)));

describeInShells("verification.sh, of what pods serve from a Secret,", {
    "says when it began and when it ends": lastCheck(issued, async (node) => {
        const run = await node.run("metrics");
        assert.equal(run.code, 0, run.output);
        const { servingCertificate } = resultOf(run) as {
            servingCertificate: Record<string, string>;
        };
        const days = (Date.parse(servingCertificate["notAfter"] ?? "") - Date.now()) / 86_400_000;
        assert.ok(days > 299 && days <= 300, String(days));
        assert.ok(Date.parse(servingCertificate["notBefore"] ?? "") < Date.now());
    }),
    "fails where the API server is about to refuse it, though figures still come": lastCheck(
        () => issued({ issuer: otherCa() }),
        async (node) => {
            const { code, output } = await node.run("metrics");
            assert.equal(code, 67, output);
            assert.match(
                output,
                /error: what the pod at 127\.0\.0\.1:\d+ serves \(from Secret kube-system\/from-elsewhere\) does not verify .*; next: give the CA/,
            );
        },
    ),
});

describeInTurn("verification.sh, of what pods serve from a Secret,", {
    "takes for drift what does not verify, with the same digest for the same trouble": lastCheck(
        () => issued({ issuer: otherCa() }),
        async (node) => {
            const digests = new Set<unknown>();
            for (let look = 0; look < 2; look++) {
                const run = await node.run("status");
                assert.equal(run.code, 0, run.output);
                const status = resultOf(run);
                assert.deepEqual(
                    [status["inSync"], status["causes"]],
                    [false, ["serving-certificate"]],
                );
                assert.ok(isNodeStatus(status), run.output);
                digests.add(status["digest"]);
            }
            assert.equal(digests.size, 1);
        },
    ),
    "finds nothing in what verifies": lastCheck(issued, async (node) => {
        const status = resultOf(await node.run("status"));
        assert.deepEqual([status["inSync"], status["causes"]], [true, []]);
    }),
    "fails where no pod is ready, or what is listed is no address": async (shell) => {
        for (const stdout of ["", "evil.example 443\n$(id) 10250\n10.0.0.1 99999\n"]) {
            await lastCheck(issued, async (node) => {
                node.answers[SLICES] = { stdout };
                const { code, output } = await node.run("metrics");
                assert.equal(code, 67, output);
                assert.match(output, /no ready pod of metrics-server to ask;/);
            })(shell);
        }
    },
    "names a pod that serves nothing": lastCheck(issued, async (node) => {
        node.answers[SLICES] = { stdout: "127.0.0.1 1\n" };
        const { code, output } = await node.run("metrics");
        assert.equal(code, 67, output);
        assert.match(
            output,
            /the pod at 127\.0\.0\.1:1 serves no certificate; .*next: kubectl logs/,
        );
    }),
    "says in the diagnosis what is wrong with the Secret, when the API server gets no answer":
        onControlPlane(async (node) => {
            silent(node, { [SLICES]: { stdout: "" } });
            holds(node, issued({ issuer: otherCa() }));
            const { code, output } = await node.run("metrics");
            assert.equal(code, 71, output);
            assert.match(
                output,
                /error: tls\.crt of Secret kube-system\/from-elsewhere does not verify/,
            );
        }),
    "points to the Secret and the CA, and not to a run, when the API server does not accept it":
        onControlPlane(async (node) => {
            silent(node, {
                "get apiservice": {
                    stdout: "False FailedDiscoveryCheck: x509: certificate signed by unknown authority",
                },
                [SLICES]: { stdout: "" },
            });
            holds(node, issued());
            const { output } = await node.run("metrics");
            assert.match(
                output,
                /; next: correct Secret kube-system\/from-elsewhere, or servingCertificate\.existingSecret\.caCertificatePem$/m,
            );
        }),
});
