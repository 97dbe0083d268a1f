import { ResourceMonitorFeature } from "@pulumi/pulumi/proto/resource_pb";
import assert from "node:assert/strict";
import { isReceiver } from "../support/standInReceiver";
import { HOST_KEYS, NODES, SSH } from "../unit/support/fixtures";
import { keyPair, sshServer, type TestServer } from "../unit/support/sshServer";
import type { Construct } from "./support/construct";
import { ALL_FEATURES } from "./support/monitor";
import type { Registered } from "./support/registered";
import { made, refused } from "./support/shared";

const KEY = keyPair();
const REPAIR = "--repair serverTLSBootstrap:false@8c0bc4";
const STATUS = { causes: [], digest: "8c0bc4" };

function without(...missing: ResourceMonitorFeature[]): ResourceMonitorFeature[] {
    return ALL_FEATURES.filter((feature) => !missing.includes(feature));
}

/** One control plane, which is a server in this process. */
function oneNode(port: number, hostKey: string, driftDetection = false): Construct {
    const ssh = { user: "ubuntu", port, privateKey: KEY.private };
    const cp1 = { host: "127.0.0.1", addresses: ["10.0.0.11"], hostKey, role: "controlPlane", ssh };
    return { component: "KubeletServingCertificates", inputs: { nodes: { cp1 }, driftDetection } };
}

function commands(registered: Registered[]): Registered[] {
    return registered.filter(({ type }) => type === "command:remote:Command");
}

describe("an engine", () => {
    let node: TestServer;
    let status: object = {};
    before(async () => {
        node = await sshServer({
            clientKey: KEY,
            answer: () => ({
                stdout: `${JSON.stringify({ ...STATUS, ...status, problems: [] })}\n`,
            }),
        });
    });
    after(() => node.close());

    it("logs in once to look before the first command, and once before each command to put its script there", async () => {
        node.logins.splice(0);
        node.commands.splice(0);
        const { registered } = await made({
            ...oneNode(node.port, node.hostKey.public),
            runHooks: true,
        });
        assert.equal(commands(registered).length, 4);
        assert.ok(commands(registered).every(({ hooks }) => hooks.length === 2));
        assert.equal(node.logins.length, 1 + 4);
        const looks = node.commands.filter((command) => command.endsWith(" sh -s -- ready"));
        assert.equal(looks.length, 2);
        assert.equal(node.commands.filter(isReceiver).length, 4);
        assert.equal(node.commands.length, 2 + 4);
    });

    it("makes no command on a host with another key, and the message names node and fingerprints", async () => {
        const error = await refused({ ...oneNode(node.port, HOST_KEYS.w1), runHooks: true });
        assert.match(error.message, /- cp1: the host key is SHA256:\S+, expected SHA256:\S+;/);
        assert.doesNotMatch(error.message, /^\s+at /m);
        assert.deepEqual(
            commands(error.registered).map(({ name }) => name),
            ["x-csr-approval-cp1"],
        );
    });

    it("that knows no hooks is told to be updated, before any command is registered", async () => {
        const features = without(ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS);
        const error = await refused({ ...oneNode(node.port, node.hostKey.public), features });
        assert.match(error.message, /does not support resource hooks.*update the Pulumi CLI/);
        assert.deepEqual(commands(error.registered), []);
    });

    it("shows drift in a preview, as a change of exactly the command that would repair it", async () => {
        status = { inSync: false, causes: ["serverTLSBootstrap:false"] };
        const { registered } = await made({
            ...oneNode(node.port, node.hostKey.public, true),
            preview: true,
        });
        const changed = commands(registered).filter(
            ({ inputs: { update } }) =>
                typeof update === "string" && update.includes(`${REPAIR} );`),
        );
        assert.deepEqual(changed.map(({ name }) => name).sort(), [
            "x-csr-approval-cp1",
            "x-kubelet-config",
            "x-node-cp1",
        ]);
        assert.ok(changed.every(({ ignoreChanges }) => ignoreChanges.length === 0));
    });

    it("is told to keep what the state holds where nothing drifted", async () => {
        status = { inSync: true };
        const { registered } = await made({
            ...oneNode(node.port, node.hostKey.public, true),
            preview: true,
        });
        const ignored = commands(registered).filter(({ ignoreChanges }) =>
            ignoreChanges.includes("update"),
        );
        assert.equal(ignored.length, 3);
        assert.ok(ignored.every(({ hooks }) => hooks.length === 2));
    });

    it("that knows no transforms is told to be updated when drift is to be found, and only then", async () => {
        const features = without(ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_TRANSFORMS);
        const detecting = oneNode(node.port, node.hostKey.public, true);
        const error = await refused({ ...detecting, features });
        assert.match(error.message, /does not support transforms.*update the Pulumi CLI/);
        const { registered } = await made({ ...oneNode(node.port, node.hostKey.public), features });
        assert.equal(commands(registered).length, 4);
    });

    it("that has to be asked feature by feature gets the same", async () => {
        const asked = { component: "SecureMetricsServer", inputs: { nodes: NODES, ssh: SSH } };
        const [now, before] = [await made(asked), await made({ ...asked, legacy: true })];
        const seen = (resources: Registered[]): unknown[] =>
            resources.map(({ urn, inputs, hooks }) => ({ urn, inputs, hooks: hooks.length }));
        const order = (a: unknown, b: unknown): number =>
            JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
        assert.deepEqual(seen(before.registered).sort(order), seen(now.registered).sort(order));
    });
});
