import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { certificate, clusterCa, otherCa } from "./support/certificates";
import { onControlPlane, type FakeControlPlane } from "./support/controlPlane";
import { describeInTurn, type Cases } from "./support/parallel";
import { listed } from "./support/readyCluster";
import { resultOf } from "./support/shells";

/** A kubelet at 127.0.0.1 with a certificate for some names, and a Node that says where it is. */
function asked(
    names: string,
    node: { addresses: string; types?: string },
    check: (fake: FakeControlPlane) => Promise<void>,
): Cases[string] {
    return onControlPlane(async (fake) => {
        const pair = certificate({
            subject: "/CN=system:node:w1",
            names,
            issuer: clusterCa(),
        });
        const server = createServer({ cert: pair.certificate, key: pair.key }, (socket) => {
            socket.on("error", () => undefined);
            socket.resume().on("end", () => socket.end());
        });
        server.on("tlsClientError", () => undefined);
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        try {
            const { port } = server.address() as AddressInfo;
            fake.header = { INVENTORY: "w1 127.0.0.1 192.0.2.1 localhost w1.invalid" };
            if (node.types !== undefined) fake.header["ADDRESS_TYPES"] = node.types;
            fake.answers = {
                "kube-root-ca.crt": { stdout: clusterCa().certificate },
                "get nodes ": { stdout: listed(`w1 ${node.addresses}`, port) },
            };
            await check(fake);
        } finally {
            server.close();
        }
    });
}

const verifies = async (fake: FakeControlPlane): Promise<void> => {
    const run = await fake.run("kubelets");
    assert.equal(run.code, 0, run.output);
    assert.deepEqual(resultOf(run), { verified: 1 });
};

const doesNot =
    (says: RegExp) =>
    async (fake: FakeControlPlane): Promise<void> => {
        const { code, output } = await fake.run("kubelets");
        assert.equal(code, 67, output);
        assert.match(output, says);
    };

describeInTurn("verification.sh kubelets asks where metrics-server does", {
    "at the preferred type, whatever comes first in the Node": asked(
        "IP:127.0.0.1",
        {
            addresses: "InternalIP=192.0.2.1 ExternalIP=127.0.0.1 ExternalIP=192.0.2.1",
            types: "ExternalIP InternalIP",
        },
        verifies,
    ),
    "at the next type where the Node has none of the preferred one": asked(
        "IP:127.0.0.1",
        { addresses: "Hostname=w1.invalid InternalIP=127.0.0.1", types: "ExternalDNS InternalIP" },
        verifies,
    ),
    "at a name, which the certificate then has to carry": asked(
        "DNS:localhost",
        { addresses: "InternalIP=192.0.2.1 Hostname=localhost", types: "Hostname" },
        verifies,
    ),
    "at a Hostname that is an address": asked(
        "IP:127.0.0.1",
        { addresses: "Hostname=127.0.0.1", types: "Hostname" },
        verifies,
    ),
    "and does not verify a certificate for the address alone, where it asks at the name": asked(
        "IP:127.0.0.1",
        { addresses: "Hostname=localhost", types: "Hostname" },
        doesNot(/of node w1 does not verify: hostname mismatch; served: "subject=/i),
    ),
    "and says of a name that nobody resolves that this is so": asked(
        "DNS:w1.invalid",
        { addresses: "Hostname=w1.invalid", types: "Hostname" },
        doesNot(/of node w1 does not verify: its name does not resolve here; served: nothing;/),
    ),
    "and names the types that the Node has none of": asked(
        "IP:127.0.0.1",
        { addresses: "InternalIP=127.0.0.1", types: "ExternalIP ExternalDNS" },
        doesNot(/no Node w1 with one of the addresses ExternalIP ExternalDNS; expected one; next/),
    ),
    "and takes no name that is not the node's own": asked(
        "DNS:cp1",
        { addresses: "Hostname=cp1", types: "Hostname" },
        doesNot(/Node w1 says that its Hostname is "cp1"; expected one of its own in nodes: 127/),
    ),
    "at the InternalIP where nothing is said": asked(
        "IP:127.0.0.1",
        { addresses: "ExternalIP=192.0.2.1 InternalIP=127.0.0.1" },
        verifies,
    ),
});

describeInTurn("verification.sh kubelets with the file that metrics-server mounts", {
    "verifies with its CA, and does not ask the cluster for another": asked(
        "IP:127.0.0.1",
        { addresses: "InternalIP=127.0.0.1" },
        async (fake) => {
            fake.header["KUBELET_CA_FILE"] = "/etc/own/ca.crt";
            fake.write("etc/own/ca.crt", otherCa().certificate);
            await doesNot(/of node w1 does not verify: .*; expected a certificate issued by/)(fake);
            fake.write("etc/own/ca.crt", otherCa().certificate + clusterCa().certificate);
            await verifies(fake);
            assert.ok(fake.calls.every((call) => !call.includes("kube-root-ca")));
        },
    ),
    "says so when it is not there": asked(
        "IP:127.0.0.1",
        { addresses: "InternalIP=127.0.0.1" },
        async (fake) => {
            fake.header["KUBELET_CA_FILE"] = "/etc/own/ca.crt";
            const { code, output } = await fake.run("kubelets");
            assert.equal(code, 71, output);
            assert.match(
                output,
                /cannot read \/etc\/own\/ca\.crt \(metricsServer\.kubeletCaHostPath\); expected .*; next: ls -l \/etc\/own\/ca\.crt on cp1/,
            );
        },
    ),
});
