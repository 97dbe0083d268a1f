import { createHash } from "node:crypto";

/**
 * What a real node's script prints on its first successful run: lines for people, and one JSON line. The script tells who
 * it is by its settings, the command line what is asked.
 */
export function answerTo(command: string, script: string, nodes: number): string {
    const verb = / sh -s -- (\S+)/.exec(command)?.[1];
    const setting = (key: string): string | undefined =>
        new RegExp(`^${key}='(.*)'$`, "m").exec(script)?.[1];
    const node = setting("NODE_NAME") ?? "node";
    switch (verb) {
        case undefined:
            return `${node}\n`;
        case "ensure":
            return setting("NODE_ADDRESSES") === undefined ? configAnswer(node) : nodeAnswer(node);
        case "ready":
            return line({ problems: [] });
        case "install":
            return line({ changed: true, interval: 60, nodes });
        case "preflight":
            return line({ kubernetes: "v1.34.3", nodes });
        case "kubelets":
            return line({ verified: nodes });
        case "metrics":
            return line({ nodes, seconds: 21 });
        default:
            return line({ changed: false });
    }
}

function nodeAnswer(node: string): string {
    const config = "/var/lib/kubelet/config.yaml";
    return [
        `${node}: setting serverTLSBootstrap in ${config} from absent to true\n`,
        `${node}: restarting the kubelet\n`,
        line({
            changed: true,
            restarted: true,
            seeded: true,
            certificate: {
                notAfter: "2030-01-02T03:04:05Z",
                sha256: sha256(`certificate ${node}`),
            },
        }),
    ].join("");
}

function configAnswer(node: string): string {
    return line({ node, changed: true, skipped: false, contentSha256: sha256("config") });
}

function line(value: unknown): string {
    return `${JSON.stringify(value)}\n`;
}

function sha256(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}
