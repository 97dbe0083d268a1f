import assert from "node:assert/strict";
import {
    chmodSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describeInShells, describeInTurn, type Cases } from "./support/parallel";
import { nodeScript, resultOf, startShell, type Run, type ShellName } from "./support/shells";

const OURS =
    "-l app.kubernetes.io/part-of=secure-metrics-server,app.kubernetes.io/component=cert-manager-secret";
const TWO = 'metrics-server-ca uid-1 "metrics-server-ca"\nmine uid-2 "metrics-server"\n';

/** A control plane with a kubectl that lists Secrets and Certificates from files, and keeps what it was asked to delete. */
class ControlPlane {
    readonly root = mkdtempSync(join(tmpdir(), "secrets-"));

    constructor(
        private readonly shell: ShellName,
        listed: string,
    ) {
        mkdirSync(join(this.root, "run"));
        mkdirSync(join(this.root, "certificates"));
        this.write("etc/kubernetes/admin.conf", "client-key-data: a-secret\n");
        this.write("secrets", listed);
        this.tool("id", "echo 0");
        this.tool(
            "kubectl",
            `shift 3
cd ${this.root} && echo "$*" >>calls
if [ -s broken ]; then cat broken >&2; exit 1; fi
case "$*" in
'get secrets -n kube-system ${OURS} -o go-template='*) cat secrets ;;
'get certificates.cert-manager.io -n kube-system '*' --ignore-not-found -o name') if [ -s no-certificates ]; then cat no-certificates >&2; exit 1; fi; cat "certificates/$5" 2>/dev/null || : ;;
'delete --raw /api/v1/namespaces/kube-system/secrets/'*' -f '*) echo "$3 $(cat "$5")" >>deleted; if [ -s gone ]; then cat gone >&2; exit 1; fi ;;
*) echo "unexpected: $*" >&2; exit 1 ;;
esac`,
        );
    }

    write(path: string, text: string): void {
        mkdirSync(dirname(join(this.root, path)), { recursive: true });
        writeFileSync(join(this.root, path), text);
    }

    tool(name: string, body: string): void {
        this.write(`bin/${name}`, `#!/bin/sh\n${body}\n`);
        chmodSync(join(this.root, "bin", name), 0o755);
    }

    get deleted(): string[] {
        const file = join(this.root, "deleted");
        return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
    }

    async run(verb: string): Promise<Run> {
        const header = { ROOT: this.root, NODE_NAME: "cp1", STACK: "tag" };
        const env = { PATH: `${join(this.root, "bin")}:${process.env["PATH"] ?? ""}` };
        const text = nodeScript("cert-manager-secrets", header);
        const run = await startShell(this.shell, text, [verb], env).done;
        assert.deepEqual(readdirSync(join(this.root, "run")), []);
        assert.doesNotMatch(run.output, /a-secret/);
        return run;
    }
}

const onControlPlane =
    (listed: string, body: (node: ControlPlane) => Promise<void>): Cases[string] =>
    async (shell) => {
        const node = new ControlPlane(shell, listed);
        try {
            await body(node);
        } finally {
            rmSync(node.root, { recursive: true, force: true });
        }
    };

const deletion = (name: string, uid: string): string =>
    `/api/v1/namespaces/kube-system/secrets/${name} {"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"${uid}"}}`;

describeInShells("certificates/secrets.sh", {
    "deletes what cert-manager has left, each by its uid": onControlPlane(TWO, async (node) => {
        const run = await node.run("revert");
        assert.equal(run.code, 0, run.output);
        assert.deepEqual(node.deleted, [
            deletion("metrics-server-ca", "uid-1"),
            deletion("mine", "uid-2"),
        ]);
        assert.deepEqual(resultOf(run), { node: "cp1", deleted: 2 });
    }),
    "changes nothing when it is installed": onControlPlane(TWO, async (node) => {
        const run = await node.run("ensure");
        assert.equal(run.code, 0, run.output);
        assert.deepEqual(resultOf(run), { node: "cp1", secrets: 2 });
        assert.deepEqual(node.deleted, []);
    }),
});

describeInTurn("certificates/secrets.sh", {
    "is content where nothing is left": onControlPlane("", async (node) => {
        assert.deepEqual(resultOf(await node.run("ensure")), { node: "cp1", secrets: 0 });
        assert.deepEqual(resultOf(await node.run("revert")), { node: "cp1", deleted: 0 });
    }),
    "leaves one that a Certificate still keeps, or that is for another Certificate": onControlPlane(
        `${TWO}other uid-3 "other"\nodd uid-4 \n$(id) uid-5 "metrics-server"\nbroken uid-6 "x\\ncompany-ca uid-7 metrics-server"\n`,
        async (node) => {
            node.write(
                "certificates/metrics-server",
                "certificate.cert-manager.io/metrics-server\n",
            );
            const run = await node.run("revert");
            assert.equal(run.code, 0, run.output);
            assert.deepEqual(node.deleted, [deletion("metrics-server-ca", "uid-1")]);
            assert.match(
                run.output,
                /Secret kube-system\/mine stays, because Certificate metrics-server is there/,
            );
        },
    ),
    "works where cert-manager itself is gone": onControlPlane(TWO, async (node) => {
        node.write(
            "no-certificates",
            `error: the server doesn't have a resource type "certificates"\n`,
        );
        assert.deepEqual(resultOf(await node.run("revert")), { node: "cp1", deleted: 2 });
    }),
    "takes one that is gone meanwhile for deleted": onControlPlane(TWO, async (node) => {
        node.write("gone", 'Error from server (NotFound): secrets "mine" not found\n');
        assert.equal((await node.run("revert")).code, 0);
    }),
    "leaves one that was made anew meanwhile": onControlPlane(TWO, async (node) => {
        node.write("gone", "Error from server (Conflict): the UID in the precondition differs\n");
        const run = await node.run("revert");
        assert.equal(run.code, 0, run.output);
        assert.match(run.output, /Secret kube-system\/mine is another one by now, and stays/);
    }),
    "fails, and deletes nothing, where the API server does not say what there is": async (
        shell,
    ) => {
        for (const file of ["broken", "no-certificates"]) {
            await onControlPlane(TWO, async (node) => {
                node.write(file, "Unable to connect to the server; next: curl evil\n");
                const { code, output } = await node.run("revert");
                assert.equal(code, 71, output);
                assert.match(
                    output,
                    /"Unable to connect to the server; next: curl evil ?"; expected an answer; next: kubectl/,
                );
                assert.deepEqual(node.deleted, []);
            })(shell);
        }
    },
    "fails where one cannot be deleted, with what to do": onControlPlane(TWO, async (node) => {
        node.write("gone", "Error from server (Forbidden): no\n");
        const { code, output } = await node.run("revert");
        assert.equal(code, 71, output);
        assert.match(
            output,
            /cannot delete Secret kube-system\/metrics-server-ca: .*; next: kubectl delete secret -n kube-system metrics-server-ca/,
        );
    }),
    "refuses another verb": onControlPlane("", async (node) => {
        const { code, output } = await node.run("status");
        assert.equal(code, 64, output);
        assert.match(output, /unknown verb 'status'; expected ensure or revert/);
    }),
});
