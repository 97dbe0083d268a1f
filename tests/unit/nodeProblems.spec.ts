import assert from "node:assert/strict";
import fc from "fast-check";
import { LATER } from "../../components/shared/knownNow";
import { CsrApprovalMode } from "../../components/nodes/nodeArgs";
import { nodeProblems } from "../../components/nodes/nodeProblems";
import { HOST_KEYS } from "./support/fixtures";
import { CP1, getKey, w1, type PlainNode } from "./support/nodeFacts";

const MODES = Object.values(CsrApprovalMode);

/** What is wrong with a worker beside a sound control plane. */
function problemsOf(different: PlainNode, mode = CsrApprovalMode.ControlPlane): string[] {
    return nodeProblems([CP1, w1(different)], mode);
}

describe("nodeProblems", () => {
    for (const mode of MODES) {
        it(`finds nothing wrong with a plain cluster in mode ${mode}`, () => {
            assert.deepEqual(problemsOf({}, mode), []);
        });
    }

    it("wants at least one node and shows how to write one", () => {
        assert.deepEqual(nodeProblems([], CsrApprovalMode.External), [
            'nodes is empty; expected one entry a node, such as { w1: { host: "10.0.0.12", hostKey: "ssh-ed25519 AAAA…" } }',
        ]);
    });

    for (const name of ["W1", "w_1", "w1.", "", "w1/x", "-w", "a".repeat(254)]) {
        it(`refuses the node name "${name.slice(0, 20)}"`, () => {
            assert.deepEqual(problemsOf({ name }), [
                `nodes.${name}: "${name}" is not a node name; expected a lower-case DNS name as \`kubectl get nodes\` prints it`,
            ]);
        });
    }

    it("refuses a role that another language let through", () => {
        assert.deepEqual(problemsOf({ role: "master" }), [
            'nodes.w1.role is "master"; expected worker or controlPlane',
        ]);
    });

    it("refuses a node without a host", () => {
        assert.deepEqual(problemsOf({ host: undefined }, CsrApprovalMode.External), [
            "nodes.w1.host is missing; expected an address or a DNS name, without brackets or port",
        ]);
    });

    for (const host of [
        "",
        "[fd00::1]",
        "10.0.0.12:22",
        "10.0.0.0/24",
        "fe80::1%eth0",
        "a b",
        "a_b",
    ]) {
        it(`refuses the host "${host}"`, () => {
            assert.deepEqual(problemsOf({ host, addresses: ["10.0.0.12"] }), [
                `nodes.w1.host is "${host}"; expected an address or a DNS name, without brackets or port`,
            ]);
        });
    }

    for (const host of ["10.0.0.300", "10.0.0", "010.0.0.12", "1234"]) {
        it(`refuses the host "${host}", which is a mistyped address and no DNS name`, () => {
            assert.deepEqual(problemsOf({ host, addresses: ["10.0.0.12"] }), [
                `nodes.w1.host is "${host}"; expected an address or a DNS name, without brackets or port`,
            ]);
        });
    }

    for (const host of ["fd00::12", "node1.Example.ORG", "w1", "1.example.org", "a-1"]) {
        it(`takes the host "${host}"`, () => {
            assert.deepEqual(problemsOf({ host, addresses: ["10.0.0.12"] }), []);
        });
    }

    for (const port of [0, -1, 65536, 22.5, NaN]) {
        it(`refuses the port ${port} and names the argument`, () => {
            assert.deepEqual(problemsOf({ port }), [
                `nodes.w1.ssh.port is ${port}; expected a whole number from 1 to 65535`,
            ]);
        });
    }

    for (const user of ["", "a b", "root;id", "-x", "ü", "a\nb", "$(id)"]) {
        it(`refuses the user ${JSON.stringify(user)} and names the argument`, () => {
            assert.deepEqual(problemsOf({ user }), [
                `nodes.w1.ssh.user is "${user}"; expected a login name`,
            ]);
        });
    }

    it("takes ordinary ports and users", () => {
        for (const user of ["root", "ubuntu", "core", "_svc", "first.last", "Admin", "host$"]) {
            assert.deepEqual(problemsOf({ user, port: 2222 }), []);
        }
    });

    it("says how to get a host key that is missing or of no use, with the node's own host", () => {
        assert.deepEqual(problemsOf({ hostKey: undefined }), [
            `nodes.w1.hostKey is missing; without it any host that answers would be trusted; ${getKey("10.0.0.12")}`,
        ]);
        assert.deepEqual(problemsOf({ hostKey: HOST_KEYS.rsa, host: LATER }), [
            `nodes.w1.hostKey is an RSA key; @pulumi/command can verify RSA host keys with SHA-1 only, which sshd refuses; ${getKey("<host>")}`,
        ]);
    });

    it("refuses the host key of another node or another port, and takes the node's own", () => {
        const line = (hosts: string) => ({ hostKey: `${hosts} ${HOST_KEYS.w1}` });
        assert.deepEqual(problemsOf(line("10.0.0.12")), []);
        assert.deepEqual(problemsOf({ ...line("[10.0.0.12]:2222"), port: 2222 }), []);
        assert.deepEqual(problemsOf({ ...line("[10.0.0.12]:2222"), port: LATER }), []);
        assert.deepEqual(problemsOf({ ...line("10.0.0.13"), host: LATER }), []);
        assert.deepEqual(problemsOf(line("10.0.0.13")), [
            `nodes.w1.hostKey is the key of "10.0.0.13"; expected one of "10.0.0.12"; ${getKey("10.0.0.12")}`,
        ]);
        assert.deepEqual(problemsOf(line("[10.0.0.12]:2222")), [
            `nodes.w1.hostKey is the key of "[10.0.0.12]:2222"; expected one of "10.0.0.12"; ${getKey("10.0.0.12")}`,
        ]);
        const bastion = { host: "203.0.113.1", hostKey: `10.0.0.12 ${HOST_KEYS.w2}` };
        assert.deepEqual(problemsOf({ bastion }), [
            `nodes.w1.ssh.bastion.hostKey is the key of "10.0.0.12"; expected one of "203.0.113.1"; ${getKey("203.0.113.1")}`,
        ]);
    });

    it("looks at the bastion as it looks at the node", () => {
        const bastion = { host: "[fd00::1]", hostKey: "x", port: 0, user: "-x" };
        assert.deepEqual(problemsOf({ bastion }), [
            'nodes.w1.ssh.bastion.host is "[fd00::1]"; expected an address or a DNS name, without brackets or port',
            `nodes.w1.ssh.bastion.hostKey is not a public key; expected one authorized_keys line such as "ssh-ed25519 AAAA…"; ${getKey("[fd00::1]")}`,
            "nodes.w1.ssh.bastion.port is 0; expected a whole number from 1 to 65535",
            'nodes.w1.ssh.bastion.user is "-x"; expected a login name',
        ]);
    });

    it("names all problems of all nodes at once", () => {
        const problems = nodeProblems(
            [w1({ name: "W2", hostKey: "" }), w1({ host: "a b", port: 0, addresses: ["x y"] })],
            CsrApprovalMode.ControlPlane,
        );
        const starts = problems.map((problem) => problem.split(" ", 1)[0]);
        for (const at of ["nodes.W2:", "nodes.W2.hostKey", "nodes.w1.host", "nodes.w1.addresses"]) {
            assert.ok(starts.includes(at), at);
        }
        assert.ok(problems.at(-1)?.startsWith("nodes has no control plane"));
    });

    it("leaves alone what is known later, and still looks at the rest", () => {
        const later = {
            host: LATER,
            hostKey: LATER,
            port: LATER,
            user: LATER,
            addresses: [LATER],
            bastion: { host: LATER, hostKey: LATER, port: LATER, user: LATER },
        } as const;
        for (const mode of MODES) {
            assert.deepEqual(problemsOf({ ...later, addresses: [LATER] }, mode), []);
        }
        assert.equal(problemsOf({ ...later, addresses: [LATER], name: "W1" }).length, 1);
    });

    it("never throws, whatever the texts are", () => {
        const text = fc.oneof(
            fc.string({ unit: "grapheme" }),
            fc.constantFrom("fe80::1%eth0", "::", "[::1]", "10.0.0.1", "w1", "::ffff:1.2.3.4"),
        );
        fc.assert(
            fc.property(
                fc.record({ name: text, host: text, hostKey: text, user: text }),
                fc.option(fc.array(text), { nil: undefined }),
                fc.constantFrom(...MODES),
                (node, addresses, mode) => {
                    assert.ok(Array.isArray(problemsOf({ ...node, addresses }, mode)));
                },
            ),
        );
    });
});
