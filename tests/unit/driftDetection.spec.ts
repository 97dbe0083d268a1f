import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { KubeletServingCertificates, SecureMetricsServer, type NodeArgs } from "../../index";
import { NODES } from "./support/fixtures";
import { commands, named } from "./support/find";
import { record, unknown, type Run } from "./support/mocks";
import { keyPair, sshServer, tcpServer, type Answer, type TestServer } from "./support/sshServer";

const KEY = keyPair();
const IN_SYNC = '{"inSync":true,"causes":[],"digest":"d"}\n';
const DRIFT = '{"inSync":false,"causes":["serverTLSBootstrap:false"],"digest":"8c0bc4"}\n';

const opened: Pick<TestServer, "close">[] = [];

async function server(answer: (command: string, stdin: string) => Answer): Promise<TestServer> {
    const made = await sshServer({ clientKey: KEY, answer });
    opened.push(made);
    return made;
}

/** One control plane, which is a server in this process. */
function run(
    { port, hostKey }: Pick<TestServer, "port" | "hostKey">,
    change: Partial<NodeArgs> = {},
    driftDetection = true,
): Promise<Run<KubeletServingCertificates>> {
    const cp1: NodeArgs = {
        ...NODES.cp1,
        host: "127.0.0.1",
        addresses: ["10.0.0.11"],
        hostKey: hostKey.public,
        ssh: { user: "ubuntu", port, privateKey: KEY.private },
        ...change,
    };
    return record(() => new KubeletServingCertificates("k", { nodes: { cp1 }, driftDetection }), {
        preview: true,
    });
}

/** What the transform of the first command on the node makes of it. */
async function transformed({ transforms }: Run<unknown>) {
    const [transform] = transforms;
    const result = await transform?.({
        custom: true,
        type: "command:remote:Command",
        name: "k-node-cp1",
        props: { create: "create", update: "as before", stdin: "script" },
        opts: {},
    });
    const update = (result?.props as { update?: pulumi.Input<string> } | undefined)?.update;
    return {
        update: await new Promise((resolve) => pulumi.output(update).apply(resolve)),
        ignored: result?.opts.ignoreChanges,
    };
}

/** What a program returns, and the warnings that it gives while it runs. */
async function warned<T>(program: () => Promise<T>): Promise<{ result: T; warnings: string[] }> {
    const { warn } = console;
    const warnings: string[] = [];
    console.warn = (...texts: unknown[]) => warnings.push(texts.join(" "));
    try {
        return { result: await program(), warnings };
    } finally {
        console.warn = warn;
    }
}

describe("drift detection", () => {
    afterEach(async () => {
        await Promise.all(opened.splice(0).map(({ close }) => close()));
    });

    it("is off unless it is asked for, and changes no input when it is on", async () => {
        const node = await server(() => ({ stdout: IN_SYNC }));
        const [off, on] = [await run(node, {}, false), await run(node)];
        assert.deepEqual(off.transforms, []);
        assert.equal(on.transforms.length, 3);
        for (const { name, inputs } of commands(on.resources)) {
            assert.deepEqual(inputs, named(off.resources, name).inputs);
        }
    });

    it("asks the last check of SecureMetricsServer as well, so that a metrics API that stopped shows", async () => {
        const { cp1, w1 } = NODES;
        const count = async (driftDetection: boolean): Promise<number> => {
            const program = () =>
                new SecureMetricsServer("m", { nodes: { cp1, w1 }, driftDetection });
            return (await record(program)).transforms.length;
        };
        // The approver, the ConfigMap, two nodes, and the metrics.
        assert.deepEqual([await count(false), await count(true)], [0, 5]);
    });

    it("keeps whatever the state has when a node is in sync, so that a preview shows nothing", async () => {
        const node = await server(() => ({ stdout: `looking\n${IN_SYNC}` }));
        assert.deepEqual(await transformed(await run(node)), {
            update: "as before",
            ignored: ["update"],
        });
    });

    it("names the cause in `update` when a node drifted", async () => {
        const node = await server(() => ({ stdout: DRIFT, exit: 3 }));
        const { update, ignored } = await transformed(await run(node));
        assert.match(
            String(update),
            / (ensure|install) --repair serverTLSBootstrap:false@8c0bc4 \);/,
        );
        assert.equal(ignored, undefined);
    });

    it("asks for the status only, as root, in bounded time, with the script that is in effect", async () => {
        const asked: string[] = [];
        const node = await server((_command, stdin) => {
            asked.push(stdin);
            return { stdout: IN_SYNC };
        });
        await transformed(await run(node));
        assert.match(node.commands.join("\n"), /^sudo -n timeout \d+ sh -s -- status$/);
        assert.match(asked[0] ?? "", /^[A-Z_]+='[\s\S]*main "\$@"\n$/);
    });

    it("takes a node that is out of reach, or answers nonsense, for one that did not drift", async () => {
        const nonsense = await server(() => ({
            stdout: "sudo: a password is required\n",
            exit: 1,
        }));
        const gone = await tcpServer(() => undefined);
        await gone.close();
        for (const node of [nonsense, { port: gone.port, hostKey: keyPair() }]) {
            const { result, warnings } = await warned(async () => transformed(await run(node)));
            assert.deepEqual(result, { update: "as before", ignored: ["update"] });
            assert.equal(warnings.length, 1);
            assert.match(warnings[0] ?? "", /node cp1: .*its drift is not known/);
        }
    });

    it("never talks to a host with another key", async () => {
        const node = await server(() => ({ stdout: DRIFT }));
        const other = { ...node, hostKey: keyPair() };
        const { result, warnings } = await warned(async () => transformed(await run(other)));
        assert.equal(result.update, "as before");
        assert.match(warnings.join(), /node cp1: the host key is /);
        assert.deepEqual(node.logins, []);
    });

    it("shows nothing for a node whose host a preview does not know", async () => {
        const node = await server(() => ({ stdout: DRIFT }));
        const { update, ignored } = await transformed(await run(node, { host: unknown<string>() }));
        assert.equal(update, "as before");
        assert.deepEqual(ignored, ["update"]);
        assert.deepEqual(node.logins, []);
    });

    it("looks at many nodes at the same time, but at no more than a bastion lets in", async () => {
        let [open, most] = [0, 0];
        const node = await server(() => {
            most = Math.max(most, ++open);
            return { stdout: IN_SYNC, delay: 30, done: () => open-- };
        });
        const cluster = await run(node);
        await Promise.all(Array.from({ length: 12 }, () => transformed(cluster)));
        assert.ok(most > 1 && most <= 8, `${most} at a time`);
    });
});
