import assert from "node:assert/strict";
import { onNode, succeeded } from "./support/expectations";
import { onControlPlane, type FakeControlPlane } from "./support/controlPlane";
import type { FakeNode } from "./support/node";
import { describeInShells, describeInTurn, type Cases } from "./support/parallel";
import { resultOf } from "./support/shells";

/** Reads only, and says all that ensure would lack or refuse. */
async function problems(node: FakeNode): Promise<string[]> {
    const before = node.snapshot();
    const { problems } = succeeded(await node.run("ready"));
    assert.deepEqual(node.snapshot(), before);
    assert.equal(node.kubelet.restarts, 0);
    return problems as string[];
}

function says(expected: RegExp[], arrange: (node: FakeNode) => void): Cases[string] {
    return onNode(async (node) => {
        arrange(node);
        const found = await problems(node);
        assert.equal(found.length, expected.length, found.join("\n"));
        for (const [index, pattern] of expected.entries()) {
            assert.match(found[index] ?? "", pattern);
            assert.match(found[index] ?? "", /; expected .*; next: /);
        }
    });
}

const mounts = (...lines: string[]) =>
    `${["/dev/vda1 / ext4 rw,relatime 0 0", ...lines].join("\n")}\n`;

describeInShells("kubelet.sh ready", {
    "has nothing to say of a node as kubeadm leaves it": says([], (node) => {
        node.write("proc/self/mounts", mounts("tmpfs /run tmpfs rw,ro-is-no-option 0 0"));
    }),
    "says all that is wrong at once": says(
        [
            /^\/var\/lib\/kubelet\/config\.yaml has tlsCertFile, which overrides serverTLSBootstrap in line/,
            /^\/var\/lib cannot be written/,
        ],
        (node) => {
            node.configuration = `${node.configuration}tlsCertFile: /etc/own.crt\n`;
            node.write("proc/self/mounts", mounts("/dev/vdb1 /var ext4 ro,relatime 0 0"));
        },
    ),
});

describeInTurn("kubelet.sh ready", {
    "names every tool that is missing, and looks no further without them": says(
        [/^missing tools: flock/],
        (node) => {
            node.onlyTools(["curl"], ["flock"]);
        },
    ),
    "a kubelet with a flag that overrides its file": says(
        [/^the kubelet runs with --rotate-server-certificates=false/],
        (node) => {
            node.kubelet.arguments.push("--rotate-server-certificates=false");
            node.kubelet.stop();
            node.kubelet.start();
        },
    ),
    "another node than the one that is meant": says([/^this host's kubelet is/], (node) => {
        node.clientName = "w2";
    }),
    "a configuration on a read-only mount": says(
        [
            /^\/var\/lib\/kubelet cannot be written \(a read-only mount\?\); .*findmnt -T \/var\/lib\/kubelet/,
        ],
        (node) => {
            node.write(
                "proc/self/mounts",
                mounts(
                    "overlay /var/lib/kubelet overlay ro 0 0",
                    "x /var/lib/kubelet/pods x rw 0 0",
                ),
            );
        },
    ),
    "a mount that was remounted counts as it is now": says([], (node) => {
        node.write(
            "proc/self/mounts",
            mounts("/dev/vdb1 /var ext4 ro 0 0", "/dev/vdb1 /var ext4 rw 0 0"),
        );
    }),
    "a login that is not root's ends it with one line": onNode(async (node) => {
        node.tool("id", "echo 1000");
        const { code, output } = await node.run("ready");
        assert.equal(code, 77, output);
        assert.match(output, /^w1: error: runs as user id 1000; expected root; next: .*\n$/);
    }),
});

/** A control plane of systemd's, and what its approver would lack there. */
function lacks(expected: RegExp[], arrange: (node: FakeControlPlane) => void): Cases[string] {
    return onControlPlane(async (node) => {
        node.header = { INSTANCE: "project.stack.metrics", INVENTORY: "cp1 10.0.0.11" };
        for (const folder of ["run/systemd/system", "usr/local/lib", "etc/systemd/system"])
            node.folder(folder);
        arrange(node);
        const run = await node.run("ready");
        assert.equal(run.code, 0, run.output);
        const problems = resultOf(run)["problems"] as string[];
        assert.equal(problems.length, expected.length, run.output);
        for (const [index, pattern] of expected.entries()) {
            assert.match(problems[index] ?? "", pattern);
            assert.match(problems[index] ?? "", /; expected .*; next: /);
        }
        assert.deepEqual(node.calls, []);
        node.remove("run/systemd");
    });
}

describeInShells("installer.sh ready", {
    "has nothing to say of a control plane as kubeadm makes it": lacks([], () => undefined),
    "says all that is wrong at once": lacks(
        [
            /^no \/etc\/kubernetes\/admin\.conf/,
            /^systemd does not run here/,
            /^\/etc cannot be written/,
            /^\/etc\/systemd\/system cannot be written/,
        ],
        (node) => {
            node.remove("etc/kubernetes/admin.conf");
            node.remove("run/systemd/system");
            node.write("proc/self/mounts", mounts("/dev/vdb1 /etc ext4 ro 0 0"));
        },
    ),
});
