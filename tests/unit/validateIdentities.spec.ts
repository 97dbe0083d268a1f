import assert from "node:assert/strict";
import { LATER } from "../../components/shared/knownNow";
import { CsrApprovalMode } from "../../components/nodes/nodeArgs";
import { nodeProblems } from "../../components/nodes/nodeProblems";
import { HOST_KEYS } from "./support/fixtures";
import { CP1, cp1, w1, type PlainNode } from "./support/nodeFacts";

const { ControlPlane, Controller, External } = CsrApprovalMode;

function problemsOf(different: PlainNode, mode = ControlPlane): string[] {
    return nodeProblems([CP1, w1(different)], mode);
}

function reserved(name: string, node = "w1"): string {
    return `nodes.${node}: "${name}" is a name of the API server or belongs to no single node; a certificate with it could impersonate the API server`;
}

describe("the addresses of a node", () => {
    const missing =
        "nodes.w1.addresses is missing; host is a DNS name, and the certificate is issued for addresses; set it to what this prints: kubectl get node w1 -o jsonpath='{.status.addresses[*].address}'";

    it("have to be given when the host is a DNS name, whoever approves: the node's script compares them, too", () => {
        for (const mode of [ControlPlane, Controller, External]) {
            assert.deepEqual(problemsOf({ host: "w1.example.org" }, mode), [missing]);
        }
    });

    it("have to contain an address, not names only", () => {
        const [problem] = problemsOf({ addresses: ["w1.example.org"] });
        assert.match(problem ?? "", /^nodes\.w1\.addresses has no address, .*kubectl get node w1 /);
    });

    it("may not be an empty list", () => {
        const [problem] = problemsOf({ addresses: [] });
        assert.match(problem ?? "", /^nodes\.w1\.addresses has no address, .*kubectl get node w1 /);
    });

    for (const address of [
        "",
        "10.0.0.0/24",
        "fe80::1%eth0",
        "W1.example.org",
        "*.example.org",
        "a b",
    ]) {
        it(`may not contain "${address}"`, () => {
            assert.deepEqual(problemsOf({ addresses: ["10.0.0.12", address] }), [
                `nodes.w1.addresses has "${address}"; expected addresses and DNS names`,
            ]);
        });
    }

    for (const address of ["10.0.0.300", "010.0.0.1", "10.0.1"]) {
        it(`may not contain the mistyped address "${address}"`, () => {
            assert.deepEqual(problemsOf({ addresses: ["10.0.0.12", address] }), [
                `nodes.w1.addresses has "${address}"; expected addresses and DNS names`,
            ]);
        });
    }

    for (const name of [
        "kubernetes",
        "kubernetes.default.svc",
        "127.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "fe80::1",
        "169.254.1.1",
    ]) {
        it(`may not contain ${name}, with which a stolen node could impersonate the API server`, () => {
            for (const mode of [ControlPlane, Controller, External]) {
                assert.ok(
                    problemsOf({ addresses: ["10.0.0.12", name] }, mode).includes(reserved(name)),
                );
            }
        });
    }

    it("may not be reserved as the host or as the name of a node either", () => {
        assert.ok(problemsOf({ host: "127.0.0.1" }).includes(reserved("127.0.0.1")));
        assert.ok(problemsOf({ name: "localhost" }).includes(reserved("localhost", "localhost")));
        assert.ok(
            problemsOf({ name: "kubernetes" }).includes(reserved("kubernetes", "kubernetes")),
        );
    });

    it("may have the host's name for SSH, when it is not in the certificate", () => {
        assert.deepEqual(problemsOf({ host: "localhost", addresses: ["10.0.0.12"] }), []);
    });

    it("may not belong to two nodes, or one of them could have a certificate for the other", () => {
        assert.deepEqual(problemsOf({ addresses: ["10.0.0.12", "10.0.0.11"] }), [
            'nodes.w1 and nodes.cp1 both claim "10.0.0.11"; expected each address and name at one node only',
        ]);
        assert.deepEqual(
            nodeProblems(
                [
                    CP1,
                    w1({ addresses: ["fd00::1"] }),
                    w1({ name: "w2", host: "10.0.0.13", addresses: ["FD00:0::1"] }),
                ],
                ControlPlane,
            ),
            [
                'nodes.w2 and nodes.w1 both claim "fd00::1"; expected each address and name at one node only',
            ],
        );
    });

    it("may not contain the name of another node", () => {
        assert.deepEqual(problemsOf({ addresses: ["10.0.0.12", "cp1"] }), [
            'nodes.w1 and nodes.cp1 both claim "cp1"; expected each address and name at one node only',
        ]);
    });
});

describe("a host that is listed twice", () => {
    const same = (host: string): string[] => [`nodes.w1 and nodes.cp1 are the same host (${host})`];

    it("is refused", () => {
        const twice = problemsOf({ host: "10.0.0.11", addresses: ["10.0.0.12"] });
        assert.deepEqual(twice, same("10.0.0.11 port 22"));
    });

    it("is refused also when it is written in another way", () => {
        const six = cp1({ host: "fd00::11" });
        assert.deepEqual(
            nodeProblems([six, w1({ host: "FD00:0::11", addresses: ["10.0.0.12"] })], ControlPlane),
            same("fd00::11 port 22"),
        );
        const named = cp1({ host: "cp1.example.org", addresses: ["10.0.0.11"] });
        assert.deepEqual(
            nodeProblems(
                [named, w1({ host: "CP1.Example.org", addresses: ["10.0.0.12"] })],
                ControlPlane,
            ),
            same("cp1.example.org port 22"),
        );
    });

    it("is refused also with a port of 22 that is spelled out", () => {
        assert.deepEqual(
            problemsOf({ host: "10.0.0.11", port: 22, addresses: ["10.0.0.12"] }),
            same("10.0.0.11 port 22"),
        );
    });

    it("is two nodes when the ports differ, as with forwarded ports", () => {
        assert.deepEqual(
            problemsOf({ host: "10.0.0.11", port: 2222, addresses: ["10.0.0.12"] }),
            [],
        );
    });

    it("is refused behind one bastion, and not behind two", () => {
        const bastion = (host: string) => ({
            host,
            hostKey: HOST_KEYS.w2,
            port: undefined,
            user: undefined,
        });
        const twice = (first: string, second: string): string[] =>
            nodeProblems(
                [
                    cp1({ bastion: bastion(first) }),
                    w1({
                        host: "10.0.0.11",
                        addresses: ["10.0.0.12"],
                        bastion: bastion(second),
                    }),
                ],
                ControlPlane,
            );
        assert.deepEqual(twice("203.0.113.1", "203.0.113.1"), same("10.0.0.11 port 22"));
        assert.deepEqual(twice("203.0.113.1", "203.0.113.2"), []);
    });

    it("does not depend on which of the two is listed first", () => {
        const behind = w1({
            host: "10.0.0.11",
            addresses: ["10.0.0.12"],
            bastion: {
                host: "203.0.113.1",
                hostKey: HOST_KEYS.w2,
                port: undefined,
                user: undefined,
            },
        });
        assert.equal(
            nodeProblems([CP1, behind], ControlPlane).length,
            nodeProblems([behind, CP1], ControlPlane).length,
        );
    });
});

describe("the control plane", () => {
    const problem =
        "nodes has no control plane, where csrApproval.mode controlPlane runs; set role: NodeRole.ControlPlane on the control-plane nodes, or choose another mode";

    it("is needed where approval runs on it, and only there", () => {
        assert.deepEqual(nodeProblems([w1({})], ControlPlane), [problem]);
        assert.deepEqual(nodeProblems([w1({})], Controller), []);
        assert.deepEqual(nodeProblems([w1({})], External), []);
    });

    it("is needed also when everything else is known later", () => {
        assert.deepEqual(
            nodeProblems([w1({ host: LATER, hostKey: LATER, addresses: [LATER] })], ControlPlane),
            [problem],
        );
    });
});
