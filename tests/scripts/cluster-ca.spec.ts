import assert from "node:assert/strict";
import { clusterCa, otherCa } from "./support/certificates";
import { describeInShells, describeInTurn } from "./support/parallel";
import { selfSignedCa, withBadSignature } from "./support/requests";
import { resultOf } from "./support/shells";

import {
    CA,
    KEY,
    asked,
    hostile,
    inDays,
    sha256,
    prepared,
    onPrepared,
    signed,
    isOurs,
    refuses,
    encrypted,
} from "./support/clusterCaNode";

describeInShells("cluster-ca.sh sign", {
    "signs for the names, the use and the time that it is told, and says which CA it was":
        onPrepared(async (node) => {
            const { leaf, ca } = await signed(node);
            assert.equal(ca, clusterCa().certificate);
            isOurs(leaf, ca, asked);
            assert.equal(
                new Date(leaf.validTo).toISOString(),
                node.header["NOT_AFTER"]?.replace("Z", ".000Z"),
            );
            const age = Date.now() - Date.parse(leaf.validFrom);
            assert.ok(age >= 300_000 && age < 400_000, String(age));
        }),
    "takes nothing but the public key from a request that asks for a CA, an administrator and other names":
        onPrepared(async (node) => {
            prepared(node, clusterCa(), hostile);
            const { leaf, ca } = await signed(node);
            isOurs(leaf, ca, hostile);
        }),
    "refuses a request that is not signed with its own key": refuses(
        65,
        /the certificate request is not signed with the key that it is for;/,
        (node) => (node.header["REQUEST"] = withBadSignature(asked.request)),
    ),
    "refuses when the CA's key is not there, as with an external CA": refuses(
        71,
        /\/etc\/kubernetes\/pki\/ca\.key is not there \(is the CA an external one\?\); .*next: set servingCertificate\.source to givenCa or given/,
        (node) => {
            node.remove(KEY);
        },
    ),
    "refuses a key that is another's": refuses(
        71,
        /ca\.key is not the key of the first certificate in \/etc\/kubernetes\/pki\/ca\.crt;/,
        (node) => {
            node.write(KEY, otherCa().key);
        },
    ),
    "refuses when the CA ends before the certificate": refuses(
        71,
        /ca\.crt ends on \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, before the certificate that it is to sign \(.*next: set servingCertificate\.validityHours to less/,
        (node) => (node.header["NOT_AFTER"] = inDays(301)),
    ),
    "refuses an encrypted key, and asks for no passphrase": refuses(
        71,
        /ca\.key is encrypted;/,
        (node) => {
            node.write(KEY, encrypted("pkcs8"));
        },
    ),
});

describeInTurn("cluster-ca.sh sign", {
    "signs with a key of another kind: RSA, as kubeadm makes it": onPrepared(async (node) => {
        const ca = selfSignedCa("rsa:2048");
        prepared(node, ca);
        isOurs((await signed(node)).leaf, ca.certificate, asked);
    }),
    "signs with a key of another kind: Ed25519": onPrepared(async (node) => {
        const ca = selfSignedCa("ed25519");
        prepared(node, ca);
        isOurs((await signed(node)).leaf, ca.certificate, asked);
    }),
    "gives every certificate another serial number, of which nobody can say the next": onPrepared(
        async (node) => {
            const serials = [await signed(node), await signed(node)].map(({ leaf }) =>
                BigInt(`0x${leaf.serialNumber}`),
            );
            const [one = 0n, other = 0n] = serials;
            assert.ok(one !== other && one > 2n ** 100n && other > 2n ** 100n, serials.join());
        },
    ),
    "gives all CA certificates of the file and nothing else of it: in a change of the CA both are trusted":
        onPrepared(async (node) => {
            const [ca, next] = [clusterCa(), otherCa()];
            node.write(CA, `a comment\n${ca.certificate}${ca.key}${next.certificate}`);
            const { leaf, ca: given } = await signed(node);
            assert.equal(given, ca.certificate + next.certificate);
            isOurs(leaf, ca.certificate, asked);
        }),
    "does not compare with what the cluster publishes where nobody says it": onPrepared(
        async (node) => {
            delete node.header["CLUSTER_CA_SHA256"];
            await signed(node);
        },
    ),
    "signs with the files that the controller manager signs with": onPrepared(async (node) => {
        const ca = otherCa();
        node.write("etc/own/ca.crt", ca.certificate);
        node.write("etc/own/ca.key", ca.key);
        node.header["CLUSTER_CA_SHA256"] = sha256(ca.certificate);
        node.write(
            "etc/kubernetes/manifests/kube-controller-manager.yaml",
            "    - --cluster-signing-kubelet-serving-cert-file=/etc/other.crt\n    - --cluster-signing-cert-file=/etc/own/ca.crt\n    - --cluster-signing-key-file=/etc/own/ca.key\n",
        );
        isOurs((await signed(node)).leaf, ca.certificate, asked);
    }),
    "takes kubeadm's files where the controller manager has none, as with an external CA":
        onPrepared(async (node) => {
            node.write(
                "etc/kubernetes/manifests/kube-controller-manager.yaml",
                '    - --cluster-signing-cert-file=""\n    - --cluster-signing-key-file=\n',
            );
            await signed(node);
        }),
    "says what openssl said when it does not sign": onPrepared(async (node) => {
        const openssl = "/usr/bin/openssl";
        node.tool(
            "openssl",
            `[ "$1" != ca ] || { echo 'no <{%x%}> today'; exit 1; }\nexec ${openssl} "$@"`,
        );
        const { code, output } = await node.run("sign");
        assert.equal(code, 71, output);
        assert.match(output, /^cp1: {3}\| no <\{ %x% \}> today$/m);
        assert.match(output, /error: openssl ca does not sign; expected .*; next: /);
    }),
    "finds nothing in `ready` where it would sign": onPrepared(async (node) => {
        const run = await node.run("ready", "cluster-ca");
        assert.equal(run.code, 0, run.output);
        assert.deepEqual(resultOf(run)["problems"], []);
    }),
    "says in `ready` all that is wrong at once": onPrepared(async (node) => {
        node.remove(KEY);
        node.header["REQUEST"] = "none";
        const run = await node.run("ready", "cluster-ca");
        assert.equal((resultOf(run)["problems"] as string[]).length, 2, run.output);
    }),
    "knows no other verb": onPrepared(async (node) => {
        const { code, output } = await node.run("preflight", "cluster-ca");
        assert.equal(code, 64);
        assert.match(output, /^cp1: error: unknown verb 'preflight'; expected sign or ready;/);
    }),
});
