import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { wholeStdin } from "../../support/wholeStdin";
import type { Farm } from "../nodes/farm";
import { prepareLogin } from "../others/login";
import type { Command } from "../support/project";
import { ended } from "../support/ended";

const SCRIPT = join(__dirname, "..", "by-hand.sh");

/** The same steps without an engine: by-hand.sh on what the engine would run, on the same hosts. */
export class ByHand {
    constructor(
        private readonly folder: string,
        farm: Farm,
        commands: Command[],
    ) {
        prepareLogin(folder, farm);
        const steps = commands.map(({ name, inputs }) => {
            this.write(`${name}.create`, inputs.create);
            this.write(`${name}.stdin`, wholeStdin(inputs.stdin));
            if (inputs.delete !== undefined) {
                this.write(`${name}.delete`, inputs.delete);
            }
            const { host, port } = nodeOf(farm, inputs.stdin);
            return `${name} ${farm.user} ${host} ${port}\n`;
        });
        this.write("steps", steps.join(""));
    }

    /** Runs all steps and returns the seconds that it took. */
    async run(verb: "create" | "delete"): Promise<number> {
        const child = spawn(SCRIPT, [this.folder, verb], { stdio: ["ignore", "pipe", "pipe"] });
        const { code, seconds, output } = await ended(child);
        if (code !== 0) {
            throw new Error(`by-hand.sh ${verb} failed:\n${output.slice(-4000)}`);
        }
        return seconds;
    }

    private write(file: string, text: string): void {
        writeFileSync(join(this.folder, file), text, { mode: 0o600 });
    }
}

/** The connection is ciphertext in the state, so the node is found by the name in the script's settings. */
function nodeOf({ nodes }: Farm, script: string): Farm["nodes"][number] {
    const name = /^NODE_NAME='(.*)'$/m.exec(script)?.[1];
    const node = nodes.find((one) => one.name === name);
    if (node === undefined) {
        throw new Error(`no node ${name ?? "without a name"} in the benchmark`);
    }
    return node;
}
