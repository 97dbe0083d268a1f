import assert from "node:assert/strict";
import {
    CsrApprovalMode,
    KubeletServingCertificates,
    OnRemove,
    SecureMetricsServer,
} from "../../index";
import { NODES, SSH } from "./support/fixtures";
import { loaderOf } from "../../components/ssh/nodeScripts";
import {
    composedScript,
    SCRIPT_NAMES,
    scriptEntry,
    type ScriptName,
} from "../../components/ssh/scriptTable";
import { commands, named, runHook, scriptOf, settingKeys, text } from "./support/find";
import { record, type Run } from "./support/mocks";
import { isSecret, strings, unsecret } from "./support/recorded";
import { sshServer, tcpServer } from "./support/sshServer";

const EXTERNAL = { mode: CsrApprovalMode.External };
const UNIT = "systemd-run -qPG --wait";

/** How command lines end: what a command does has a result, what it takes back has none where nothing is left. */
const LINES = {
    create: / sh -s -- [a-z]+ \);c=\$\?;printf %s\\\\n "\$\{r:\?no result; next: try again\}";exit \$c$/,
    delete: / sh -s -- [a-z]+$/,
};

describe("every command on a node", () => {
    let run: Run<SecureMetricsServer> | undefined;
    before(async () => {
        run = await record(() => new SecureMetricsServer("m", { nodes: NODES, ssh: SSH }));
    });
    const all = () => commands(run?.resources ?? []);

    it("is one of eight on a cluster of three", () => {
        assert.equal(all().length, 8);
    });

    it("has these inputs and no others: no triggers, which replace, and no environment", () => {
        const allowed = [
            "addPreviousOutputInEnv",
            "connection",
            "create",
            "delete",
            "logging",
            "stdin",
        ];
        for (const { name, inputs } of all()) {
            const extra = Object.keys(inputs).filter((input) => !allowed.includes(input));
            assert.deepEqual(extra, [], name);
            assert.equal(inputs["addPreviousOutputInEnv"], false, name);
            assert.equal(inputs["logging"], "none", name);
        }
    });

    it("has a connection that is secret as a whole and pins the host key", () => {
        for (const { name, inputs } of all()) {
            assert.ok(isSecret(inputs["connection"]), name);
            const { hostKey } = unsecret(inputs["connection"]);
            assert.ok(typeof hostKey === "string" && hostKey.startsWith("ssh-ed25519 AAAA"));
        }
    });

    it("has its settings and the digest of its script on stdin, no secret, so that a preview shows what changes", () => {
        const scripts = new Map<string, string>(
            SCRIPT_NAMES.map((name) => [composedScript(name).file, name]),
        );
        for (const resource of all()) {
            const stdin = text(resource, "stdin");
            const name = scripts.get(scriptOf(resource));
            assert.ok(name !== undefined, resource.name);
            const { required, optional } = scriptEntry(name as ScriptName);
            const keys = settingKeys(resource);
            assert.deepEqual(
                required.filter((key) => !keys.includes(key)),
                [],
                resource.name,
            );
            assert.deepEqual(
                keys.filter((key) => ![...required, ...optional].includes(key)),
                [],
                resource.name,
            );
            assert.ok(stdin.endsWith(`'\n${loaderOf(name as ScriptName)}`), resource.name);
        }
    });

    it("has the same small text on stdin whatever the script is: the script is not in the state", () => {
        for (const resource of all()) {
            assert.ok(text(resource, "stdin").length < 1500, resource.name);
        }
        for (const node of ["cp1", "w1", "w2"]) {
            assert.ok(text(named(all(), `m-kubelets-node-${node}`), "stdin").length < 550, node);
        }
    });

    it("never has a text in which a secret could be: command lines carry only the verb", () => {
        for (const resource of all()) {
            for (const input of ["create", "delete"] as const) {
                if (resource.inputs[input] !== undefined) {
                    assert.match(text(resource, input), LINES[input], resource.name);
                    assert.ok(text(resource, input).includes(UNIT), resource.name);
                    assert.ok(text(resource, input).length < 220);
                }
            }
        }
    });

    it("updates with what it creates with, where no drift was found: that is what the provider does without an update", () => {
        for (const { name, inputs } of all()) assert.ok(!("update" in inputs), name);
    });

    it("says how to take back what it changed, and nothing where it only looks", () => {
        const verbs = Object.fromEntries(
            all().map((resource) => {
                const verb = (input: string): string =>
                    resource.inputs[input] === undefined
                        ? "-"
                        : (/ sh -s -- (\S+)/.exec(text(resource, input))?.[1] ?? "");
                return [resource.name, `${verb("create")} ${verb("delete")}`];
            }),
        );
        assert.deepEqual(verbs, {
            "m-preflight": "preflight -",
            "m-kubelets-csr-approval-cp1": "install uninstall",
            "m-kubelets-kubelet-config": "ensure revert",
            "m-kubelets-node-cp1": "ensure revert",
            "m-kubelets-node-w1": "ensure revert",
            "m-kubelets-node-w2": "ensure revert",
            "m-kubelets-verification": "kubelets -",
            "m-metrics": "metrics -",
        });
    });

    it("completes an SSH handshake first, because a host that never answers would block it for ever, and is watched", () => {
        for (const { name, parent, hooks } of all()) {
            const hook = parent === "m" ? "m-check" : "m-kubelets-node";
            assert.deepEqual(hooks, [hook, hook], name);
            assert.ok(run?.hooks.has(hook), name);
        }
    });

    it("takes back the approver and kubeadm's ConfigMap whatever happens to nodes: who joins later must not wait for nobody", () => {
        const retained = all()
            .filter((resource) => resource.retainOnDelete)
            .map(({ name }) => name);
        assert.deepEqual(retained.sort(), [
            "m-kubelets-node-cp1",
            "m-kubelets-node-w1",
            "m-kubelets-node-w2",
        ]);
    });
});

describe("the handshake before a command", () => {
    async function hookOf(port: number): Promise<() => Promise<void>> {
        const cp1 = {
            ...NODES.cp1,
            host: "127.0.0.1",
            addresses: ["10.0.0.11"],
            ssh: { ...SSH, port },
        };
        const made = await record(
            () => new KubeletServingCertificates("k", { nodes: { cp1 }, csrApproval: EXTERNAL }),
        );
        return () => runHook(made, "k-node-cp1");
    }

    it("fails with the node's name and without the host when nobody answers", async () => {
        const gone = await tcpServer(() => undefined);
        await gone.close();
        const hook = await hookOf(gone.port);
        await assert.rejects(hook, (error: Error) => {
            assert.match(error.message, /^node cp1: the SSH port refuses connections/);
            assert.doesNotMatch(error.message, /127\.0\.0\.1/);
            return true;
        });
    });

    it("fails when the host has another key than the pinned one", async () => {
        const node = await sshServer();
        try {
            const hook = await hookOf(node.port);
            await assert.rejects(hook, /^Error: node cp1: the host key is SHA/);
        } finally {
            await node.close();
        }
    });
});

describe("onRemove", () => {
    it("changes nothing but retainOnDelete, so that switching it runs nothing on any node", async () => {
        const of = (onRemove: OnRemove) =>
            record(() => new KubeletServingCertificates("k", { nodes: NODES, ssh: SSH, onRemove }));
        const retain = await of(OnRemove.Retain);
        const revert = await of(OnRemove.Revert);
        for (const { name, inputs } of commands(retain.resources)) {
            assert.deepEqual(named(revert.resources, name).inputs, inputs);
            assert.equal(named(revert.resources, name).retainOnDelete, false);
        }
        for (const { name, inputs } of commands(revert.resources)) {
            assert.equal(inputs["delete"] === undefined, name === "k-verification", name);
        }
    });
});

describe("the components under the mocks that users write", () => {
    it("work as they are, although those mocks know no hooks", async () => {
        const { resources } = await record(
            () => new SecureMetricsServer("m", { nodes: NODES, ssh: SSH, driftDetection: false }),
            { stock: true },
        );
        assert.equal(commands(resources).length, 8);
        assert.deepEqual(
            commands(resources).flatMap(({ hooks }) => hooks),
            [],
        );
    });

    it("have no text that says a value is missing", async () => {
        const { resources } = await record(
            () => new SecureMetricsServer("m", { nodes: NODES, ssh: SSH }),
            { stock: true },
        );
        for (const { inputs } of resources) {
            for (const [at, value] of strings(inputs, true)) {
                assert.doesNotMatch(value, /\[object |^undefined|=undefined|='undefined/, at);
            }
        }
    });
});
