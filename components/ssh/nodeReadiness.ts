import type { Connection } from "./connection";
import { quoteForeign } from "../shared/foreignText";
import { execute, type Look } from "./driftProbe";
import { lastJsonLine } from "./lastJsonLine";
import { limited } from "./limited";
import { withNode } from "./sshClient";

/** Seconds for the login. */
const LOGIN_SECONDS = 20;
/** Problems of one node that are shown, and characters of each. */
const SHOWN = { problems: 8, characters: 600 };

/** A node, and the scripts whose read-only verb `ready` says what they lack there. */
export interface NodeToBeReady {
    node: string;
    connection: Connection;
    scripts: Look[];
}

/** Looks at all nodes and fails with one line for each that is not ready or cannot be reached. */
export async function requireAllReady(nodes: NodeToBeReady[]): Promise<void> {
    const lines = (await Promise.all(nodes.map(lineOf))).filter((line) => line !== undefined);
    if (lines.length > 0) {
        const count = lines.length === 1 ? "1 node is" : `${lines.length} nodes are`;
        throw new Error(`${count} not ready; nothing was changed:\n${lines.join("\n")}`);
    }
}

async function lineOf(node: NodeToBeReady): Promise<string | undefined> {
    const problems = await limited(() => problemsOf(node)).catch((error: unknown) => [
        (error as Error).message.replace(`node ${node.node}: `, ""),
    ]);
    return problems.length === 0 ? undefined : `  - ${node.node}: ${problems.join("; also: ")}`;
}

/** One login for all scripts of a node. */
async function problemsOf({ node, connection, scripts }: NodeToBeReady): Promise<string[]> {
    return withNode(node, connection, "ready", LOGIN_SECONDS, async (client) => {
        const found: string[] = [];
        for (const script of scripts) {
            found.push(
                ...problemsIn(await execute(client, node, connection.user, script, "ready")),
            );
        }
        return [...new Set(found)]
            .slice(0, SHOWN.problems)
            .map((problem) => quoteForeign(problem, SHOWN.characters));
    });
}

/** What a script lacks, from what it printed: a list, or the one error that ended it. */
export function problemsIn(output: string): string[] {
    const listed = listIn(output);
    if (listed !== undefined) {
        return listed;
    }
    const lines = output.trimEnd().split("\n").reverse();
    const error = lines.find((line) => line.includes("error: "));
    const sudo = lines.find((line) => line.startsWith("sudo: "));
    if (error !== undefined) {
        return [error.replace(/^.*?error: /, "")];
    }
    return [
        sudo === undefined
            ? `no answer from sh; expected one; it printed: ${lines[0] ?? ""}`
            : `${sudo}; expected sudo without a password for the login user; next: sudo -n true, as that user`,
    ];
}

function listIn(output: string): string[] | undefined {
    try {
        const { problems } = lastJsonLine(output);
        return Array.isArray(problems)
            ? problems.filter((problem) => typeof problem === "string")
            : undefined;
    } catch {
        return undefined;
    }
}
