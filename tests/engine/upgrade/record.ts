import { canonicalHostKey } from "../../../components/nodes/hostKey";
import { NODE_STDOUT } from "../../unit/support/providerStates";
import { keyPair, sshServer } from "../../unit/support/sshServer";
import { readJson } from "../../unit/support/files";
import { keepRelease, withStack } from "./state";

/**
 * Records the state of the release that package.json names, once, when it is released: `npm run upgrade:record`. It is made by
 * the real engine and the real providers; nodes are an SSH server in this process, and the cluster is a folder.
 */
async function main(): Promise<void> {
    const { version } = readJson("package.json") as { version: string };
    const clientKey = keyPair();
    const answer = () => ({ stdout: NODE_STDOUT });
    const servers = await Promise.all([1, 2, 3].map(() => sshServer({ clientKey, answer })));
    const [cp1, w1, w2] = servers.map(({ port, hostKey }, index) => ({
        host: "127.0.0.1",
        hostKey: canonicalHostKey(hostKey.public),
        addresses: [`192.0.2.${11 + index}`],
        ssh: { port },
    }));
    const nodes = { cp1: { ...cp1, role: "controlPlane" }, w1, w2 };
    try {
        await withStack(async (stack, folder) => {
            await stack.setConfig("upgrade:nodes", { value: JSON.stringify(nodes) });
            await stack.setConfig("upgrade:sshPrivateKey", {
                value: clientKey.private,
                secret: true,
            });
            await stack.up({ onOutput: (text) => process.stdout.write(text), color: "never" });
            console.log(`recorded in ${keepRelease(folder, version)}`);
        });
    } finally {
        await Promise.all(servers.map((server) => server.close()));
    }
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
