import { quoteForeign } from "../shared/foreignText";
import { tell } from "../shared/log";

/** Lines of one script that are shown, and letters of each. */
const LINES = 20;
const LETTERS = 300;

/** What a script told people, quoted: its last lines without the result for machines. */
export function toldBy(node: string, stdout: string): string[] {
    const from = `${node}: `;
    return stdout
        .slice(-65_536)
        .split("\n")
        .filter((line) => line.startsWith(from))
        .slice(-LINES)
        .map((line) => `node ${node} says ${quoteForeign(line.slice(from.length), LETTERS)}`);
}

/** Shows what a script told people, when it has ended. */
export async function tellWhatWasDone(node: string, stdout: string): Promise<void> {
    for (const line of toldBy(node, stdout)) await tell(line);
}
