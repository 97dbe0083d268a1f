import assert from "node:assert/strict";
import { certificate, clusterCa, otherCa } from "./support/certificates";
import { describeInTurn } from "./support/parallel";

import {
    NAME,
    CA,
    KEY,
    sha256,
    prepared,
    onPrepared,
    refuses,
    encrypted,
} from "./support/clusterCaNode";

describeInTurn("cluster-ca.sh refuses by name", {
    "refuses a key that is encrypted in the old way": refuses(
        71,
        /ca\.key is encrypted;/,
        (node) => {
            node.write(KEY, encrypted("sec1"));
        },
    ),
    "refuses a key that is none, and shows nothing of it": refuses(
        71,
        /ca\.key cannot be read as a private key;/,
        (node) => {
            node.write(KEY, "a-secret, and no key\n");
        },
    ),
    "refuses an empty key": refuses(71, /ca\.key is not there/, (node) => {
        node.write(KEY, "");
    }),
    "refuses when there is no CA certificate": refuses(
        71,
        /ca\.crt has no certificate; .*or choose another servingCertificate\.source$/,
        (node) => {
            node.remove(CA);
        },
    ),
    "refuses a CA that has ended": refuses(71, /ca\.crt ended on \d{4}-/, (node) => {
        prepared(node, certificate({ subject: "/CN=kubernetes", ca: true, from: -9, until: -2 }));
    }),
    "refuses a CA that is not the one that the cluster publishes": refuses(
        71,
        /the first certificate in \S+ca\.crt has SHA-256 [0-9a-f]{64}, and the ConfigMap kube-system\/kube-root-ca\.crt has [0-9a-f]{64};/,
        (node) => (node.header["CLUSTER_CA_SHA256"] = sha256(otherCa().certificate)),
    ),
    "refuses what is no request": refuses(
        65,
        /the certificate request cannot be read;/,
        (node) => (node.header["REQUEST"] = "none"),
    ),
    "refuses names that would be another line of a configuration": refuses(
        64,
        /NAMES is "a,IP:10\.96\.0\.1"; expected DNS names/,
        (node) => (node.header["NAMES"] = "a,IP:10.96.0.1"),
    ),
    "refuses an end that is no time": refuses(
        64,
        /NOT_AFTER is "tomorrow"; expected a time/,
        (node) => (node.header["NOT_AFTER"] = "tomorrow"),
    ),
    "refuses what a CA with name constraints signs, because the API server would": onPrepared(
        async (node) => {
            const extensions = ["nameConstraints=critical,permitted;DNS:company.example"];
            prepared(node, certificate({ subject: "/CN=kubernetes", ca: true, extensions }));
            const { code, output } = await node.run("sign");
            assert.equal(code, 67, output);
            assert.match(
                output,
                /error: what \S+ca\.crt signed does not verify for metrics-server\.kube-system\.svc; .*look for name constraints/,
            );
            assert.match(output, /^cp1: {3}\| .*permitted subtree violation/m);
        },
    ),
    "refuses what a certificate signs that is no CA": onPrepared(async (node) => {
        prepared(node, certificate({ subject: "/CN=kubernetes" }));
        const { code, output } = await node.run("sign");
        assert.ok(code === 67 || code === 71, output);
        assert.ok(!output.includes("BEGIN"), output);
    }),
    "refuses a certificate for another key, whoever made it": onPrepared(async (node) => {
        const other = certificate({
            subject: `/CN=${NAME}`,
            names: `DNS:${NAME}`,
            issuer: clusterCa(),
        });
        node.write("test-answers/other.pem", other.certificate);
        node.tool(
            "openssl",
            `[ "$1" != ca ] || { while [ "$1" != -out ]; do shift; done; cp '${node.root}/test-answers/other.pem' "$2"; exit 0; }\nexec /usr/bin/openssl "$@"`,
        );
        const { code, output } = await node.run("sign");
        assert.equal(code, 67, output);
        assert.match(output, /error: the certificate is for another key than the request;/);
    }),
});
