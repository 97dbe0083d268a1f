import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { CsrApprovalMode, type BastionArgs, type NodeArgs, type SshArgs } from "../../index";
import { sshOf } from "../../components/nodes/login";
import { parseNodes } from "../../components/nodes/parseNodes";
import { accepted } from "../../components/shared/invalidArguments";
import { connectionTo as connectionOf, type Connection } from "../../components/ssh/connection";
import { HOST_KEYS, SSH } from "./support/fixtures";
import { isKnown, unknown, valueOf } from "./support/mocks";

const NODE: NodeArgs = { host: "10.0.0.12", hostKey: HOST_KEYS.w1 };
const LIMITS = { dialErrorLimit: 3, perDialTimeout: 15 };
const BASTION: BastionArgs = { host: "203.0.113.1", hostKey: HOST_KEYS.w2 };

/** The connection to a node that nothing is wrong with. */
function connectionTo(node: NodeArgs, ssh: SshArgs | undefined): pulumi.Output<Connection> {
    const owner = { component: "C", name: "n" };
    const csrApproval = { mode: CsrApprovalMode.External };
    const parsed = parseNodes({ nodes: { w1: node }, ssh, csrApproval }, owner);
    const [only] = accepted(owner, parsed).nodes;
    assert.ok(only);
    return connectionOf(only);
}

function connect(node: NodeArgs, ssh?: SshArgs): Promise<Connection | undefined> {
    return valueOf(connectionTo(node, ssh));
}

describe("connectionTo", () => {
    it("has root, port 22 and time limits when nothing is said, and no key: then an agent is used", async () => {
        assert.deepEqual(await connect(NODE), {
            host: "10.0.0.12",
            hostKey: HOST_KEYS.w1,
            user: "root",
            port: 22,
            ...LIMITS,
        });
    });

    it("always pins the host key, without its comment", async () => {
        const connection = await connect({ ...NODE, hostKey: `${HOST_KEYS.w1} root@w1\n` });
        assert.equal(connection?.hostKey, HOST_KEYS.w1);
    });

    it("uses the settings for all nodes, and a node's own before them", async () => {
        const ssh = { ...SSH, port: 2222, privateKeyPassphrase: "all", agentSocketPath: "/run/a" };
        assert.deepEqual(await connect(NODE, ssh), {
            host: "10.0.0.12",
            hostKey: HOST_KEYS.w1,
            user: "ubuntu",
            port: 2222,
            privateKey: SSH.privateKey,
            privateKeyPassword: "all",
            agentSocketPath: "/run/a",
            ...LIMITS,
        });
        const own = { user: "core", port: 22, agentSocketPath: "/run/b" };
        const connection = await connect({ ...NODE, ssh: own }, ssh);
        assert.equal(connection?.user, "core");
        assert.equal(connection.port, 22);
        assert.equal(connection.agentSocketPath, "/run/b");
        assert.equal(connection.privateKey, SSH.privateKey);
    });

    it("takes a setting that is undefined for one that is not set", async () => {
        const connection = await connect({ ...NODE, ssh: { user: undefined } }, SSH);
        assert.equal(connection?.user, "ubuntu");
        assert.deepEqual(sshOf({ ...NODE, ssh: { port: undefined } }, { port: 2222 }), {
            port: 2222,
        });
    });

    it("does not use the passphrase of another key for a node's own key", async () => {
        const ssh = { ...SSH, privateKeyPassphrase: "of the common key" };
        const own = await connect({ ...NODE, ssh: { privateKey: "own key" } }, ssh);
        assert.equal(own?.privateKey, "own key");
        assert.equal(own.privateKeyPassword, undefined);
    });

    it("has nothing but named fields, because the engine prints the key when it finds another one", async () => {
        const smuggled = {
            ...SSH,
            password: "hunter2",
            proxy: { host: "evil" },
            dialErrorLimit: -1,
        } as SshArgs;
        const node = { ...NODE, insecure: true } as NodeArgs;
        assert.deepEqual(Object.keys((await connect(node, smuggled)) ?? {}).sort(), [
            "dialErrorLimit",
            "host",
            "hostKey",
            "perDialTimeout",
            "port",
            "privateKey",
            "user",
        ]);
    });

    it("is a secret as a whole, also when nothing in it is one and when the key is no secret", async () => {
        assert.equal(await pulumi.isSecret(connectionTo(NODE, undefined)), true);
        assert.equal(await pulumi.isSecret(connectionTo(NODE, SSH)), true);
        const secret = { ...SSH, privateKey: pulumi.secret("key") };
        assert.equal(await pulumi.isSecret(connectionTo(NODE, secret)), true);
    });

    it("is unknown while its host is, and does not fail", async () => {
        const later = { ...NODE, host: unknown<string>() };
        assert.equal(await isKnown(connectionTo(later, SSH)), false);
        const connection = await connect({ ...NODE, host: pulumi.output("10.9.9.9") });
        assert.equal(connection?.host, "10.9.9.9");
    });
});

describe("connectionTo through a bastion", () => {
    it("logs in to the bastion as to the node, except for the port", async () => {
        const ssh = { ...SSH, port: 2222, privateKeyPassphrase: "p", bastion: BASTION };
        const connection = await connect(NODE, ssh);
        assert.equal(connection?.port, 2222);
        assert.deepEqual(connection.proxy, {
            host: "203.0.113.1",
            hostKey: HOST_KEYS.w2,
            user: "ubuntu",
            port: 22,
            privateKey: SSH.privateKey,
            privateKeyPassword: "p",
            ...LIMITS,
        });
    });

    it("uses the bastion's own settings before the node's", async () => {
        const bastion = {
            ...BASTION,
            user: "jump",
            port: 443,
            privateKey: "bastion key",
            agentSocketPath: "/run/b",
        };
        const ssh = { ...SSH, privateKeyPassphrase: "of the node's key", bastion };
        assert.deepEqual((await connect(NODE, ssh))?.proxy, {
            host: "203.0.113.1",
            hostKey: HOST_KEYS.w2,
            user: "jump",
            port: 443,
            privateKey: "bastion key",
            agentSocketPath: "/run/b",
            ...LIMITS,
        });
    });

    it("uses the node's own login for the bastion too, and a node's own bastion before the common one", async () => {
        const own = { user: "core", bastion: { ...BASTION, host: "203.0.113.2" } };
        const proxy = (await connect({ ...NODE, ssh: own }, { ...SSH, bastion: BASTION }))?.proxy;
        assert.equal(proxy?.user, "core");
        assert.equal(proxy.host, "203.0.113.2");
    });

    it("pins the bastion's host key, without comment and host", async () => {
        for (const hostKey of [`${HOST_KEYS.w2} comment`, `203.0.113.1 ${HOST_KEYS.w2}`]) {
            const bastion = { ...BASTION, hostKey };
            assert.equal((await connect(NODE, { bastion }))?.proxy?.hostKey, HOST_KEYS.w2);
        }
    });
});
