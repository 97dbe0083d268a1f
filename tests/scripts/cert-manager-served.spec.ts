import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { certificate, otherCa, type Pair } from "./support/certificates";
import { onControlPlane, type FakeControlPlane } from "./support/controlPlane";
import { describeInShells, describeInTurn, type Cases } from "./support/parallel";
import { resultOf } from "./support/shells";
import { FIGURES, silent, STAMPS } from "./support/silentApi";

const NAME = "metrics-server.kube-system.svc";
const SLICES = "get endpointslices";
const SECRET = "get secret -n kube-system metrics-server-tls";
const KEY = "base64decode (index .data";
const BUNDLE = "get apiservice v1beta1.metrics.k8s.io -o go-template={{with .spec.caBundle}}";
const NOT_FOUND = { stderr: 'Error from server (NotFound): "x" not found\n', code: 1 };

const companyCa = (): Pair => certificate({ subject: "/CN=company-ca", ca: true });

/** A metrics API that answers for two nodes, a pod that serves a pair, and what cainjector has written. */
async function serving(
    node: FakeControlPlane,
    { pair, bundle, kept = pair }: { pair: Pair; bundle: string; kept?: Pair },
    body: () => Promise<void>,
): Promise<void> {
    const stamp = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    const server = createServer({ cert: pair.certificate, key: pair.key }, (socket) =>
        socket.end(),
    );
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
        node.header = {
            INVENTORY: "cp1 10.0.0.11\nw1 10.0.0.12",
            METRICS_TIMEOUT: "0",
            CERTIFICATE: "metrics-server",
            SERVING_SECRET: "metrics-server-tls",
        };
        node.answers = {
            [FIGURES]: { stdout: "{}" },
            [STAMPS]: { stdout: `cp1 ${stamp}\nw1 ${stamp}\n` },
            [SLICES]: { stdout: `127.0.0.1 ${(server.address() as AddressInfo).port}\n` },
            [BUNDLE]: { stdout: bundle },
            [KEY]: { stdout: kept.key },
            [SECRET]: { stdout: `"kubernetes.io/tls" key\n${kept.certificate}` },
        };
        await body();
    } finally {
        server.close();
    }
}

const lastCheck = (
    until: number,
    bundle: () => string,
    body: (node: FakeControlPlane) => Promise<void>,
): Cases[string] =>
    onControlPlane((node) => {
        const issuer = companyCa();
        const pair = certificate({ subject: "/CN=ms", names: `DNS:${NAME}`, issuer, until });
        return serving(node, { pair, bundle: bundle() }, () => body(node));
    });

const both = (): string => otherCa().certificate + companyCa().certificate;

describeInShells("verification.sh, of what cert-manager has issued,", {
    "tells the CAs that cainjector has written, and what is served": lastCheck(
        300,
        both,
        async (node) => {
            const run = await node.run("metrics");
            assert.equal(run.code, 0, run.output);
            const { caBundle, servingCertificate } = resultOf(run);
            assert.equal(Buffer.from(String(caBundle), "base64").toString(), both());
            assert.match(JSON.stringify(servingCertificate), /"notAfter":"\d{4}-/);
        },
    ),
    "fails where the CA in the APIService is not the one that signed": lastCheck(
        300,
        () => otherCa().certificate,
        async (node) => {
            const { code, output } = await node.run("metrics");
            assert.equal(code, 67, output);
            assert.match(
                output,
                /what the pod at \S+ serves \(from Secret kube-system\/metrics-server-tls\) does not verify .*; next: kubectl describe certificate -n kube-system metrics-server; kubectl logs -n cert-manager -l \S+component=cainjector, .* needs certManager\.caBundlePem/,
            );
        },
    ),
});

describeInTurn("verification.sh, of what cert-manager has issued,", {
    "fails while a pod serves another certificate than the Secret has": onControlPlane((node) => {
        const issuer = companyCa();
        const pair = certificate({ subject: "/CN=ms", names: `DNS:${NAME}`, issuer });
        const kept = certificate({ subject: "/CN=newer", names: `DNS:${NAME}`, issuer });
        return serving(node, { pair, bundle: both(), kept }, async () => {
            const { code, output } = await node.run("metrics");
            assert.equal(code, 67, output);
            assert.match(
                output,
                /error: the pod at \S+ serves another certificate than the one in Secret kube-system\/metrics-server-tls; expected it to follow within two minutes; next: kubectl logs/,
            );
        });
    }),
    "fails where cainjector has written over the bundle that the program gives": lastCheck(
        300,
        both,
        async (node) => {
            node.header["SERVING_CA"] = companyCa().certificate;
            const { code, output } = await node.run("metrics");
            assert.equal(code, 67, output);
            assert.match(
                output,
                /error: caBundle of APIService \S+ is not what servingCertificate\.certManager\.caBundlePem gives, because cainjector wrote once more; expected that; next: pulumi up --refresh/,
            );
        },
    ),
    "passes where the bundle is the program's": lastCheck(
        300,
        () => companyCa().certificate,
        async (node) => {
            node.header["SERVING_CA"] = companyCa().certificate;
            const { code, output } = await node.run("metrics");
            assert.equal(code, 0, output);
        },
    ),
    "fails where the Secret has what the API server will refuse, before the pods serve it":
        onControlPlane((node) => {
            const names = `DNS:${NAME}`;
            const pair = certificate({ subject: "/CN=ms", names, issuer: companyCa() });
            const kept = certificate({ subject: "/CN=ms", names, issuer: otherCa() });
            return serving(node, { pair, bundle: companyCa().certificate, kept }, async () => {
                const { code, output } = await node.run("metrics");
                assert.equal(code, 67, output);
                assert.match(
                    output,
                    /error: tls\.crt of Secret kube-system\/metrics-server-tls does not verify for/,
                );
            });
        }),
    "lets a certificate be as short as its issuer likes: cert-manager renews it": lastCheck(
        1,
        both,
        async (node) => {
            const { code, output } = await node.run("metrics");
            assert.equal(code, 0, output);
        },
    ),
    "finds no drift in what verifies, and some where it does not": async (shell) => {
        for (const [bundle, inSync] of [
            [both(), true],
            [otherCa().certificate, false],
        ] as const) {
            await lastCheck(
                300,
                () => bundle,
                async (node) => {
                    const run = await node.run("status");
                    assert.equal(resultOf(run)["inSync"], inSync, run.output);
                },
            )(shell);
        }
    },
    "keeps a bundle to itself that no line can hold, and says so": lastCheck(
        300,
        () => companyCa().certificate.repeat(80),
        async (node) => {
            const run = await node.run("metrics");
            assert.equal(run.code, 0, run.output);
            assert.equal(resultOf(run)["caBundle"], undefined);
            assert.match(run.output, /warning: caBundle of APIService .* more than 36 kB/);
        },
    ),
    "says what cert-manager says, and that cainjector has written nothing, when there is no answer":
        onControlPlane(async (node) => {
            silent(node, {
                [BUNDLE]: { stdout: "" },
                [SLICES]: { stdout: "" },
                "get secret -n kube-system metrics-server-tls": NOT_FOUND,
                "get certificates.cert-manager.io": {
                    stdout: "Ready is False: Issuing certificate as Secret does not exist\n",
                },
                "--sort-by=.metadata.creationTimestamp": {
                    stdout: "other-1 other\nmetrics-server-1 metrics-server\nmetrics-server-2 metrics-server\n",
                },
                "get certificaterequests.cert-manager.io -n kube-system metrics-server-2": {
                    stdout: "Ready is False: cannot issue; next: curl evil\n",
                },
            });
            node.answers = Object.assign({ [BUNDLE]: { stdout: "" } }, node.answers);
            node.header["CERTIFICATE"] = "metrics-server";
            node.header["SERVING_SECRET"] = "metrics-server-tls";
            const { code, output } = await node.run("metrics");
            assert.equal(code, 71, output);
            assert.match(output, /error: APIService \S+ has no caBundle; expected the CA of/);
            assert.match(output, /^cp1: certificate\.cert-manager\.io\/metrics-server says:$/m);
            assert.match(output, /^cp1: {3}\| Ready is False: Issuing certificate as Secret/m);
            assert.match(output, /certificaterequest\.cert-manager\.io\/metrics-server-2 says:/);
            assert.match(output, /^cp1: {3}\| Ready is False: cannot issue; next: curl evil$/m);
            assert.match(
                output,
                /Secret kube-system\/metrics-server-tls is not there; .*; next: kubectl describe certificate -n kube-system metrics-server; without its Secret, cert-manager issues it anew$/m,
            );
        }),
});
