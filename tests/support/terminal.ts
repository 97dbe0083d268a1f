import { spawn } from "node:child_process";
import { shellQuote } from "../../components/ssh/composeScript";

/** What a program showed on a terminal, and how it ended. */
export interface Shown {
    code: number | null;
    output: string;
}

/** Longer than any healthy run here. Who waits for ever has to be seen, too. */
const SECONDS = 180;

/** Runs a program on a terminal of 50 lines and 300 columns: what it shows there differs from what it writes into a file. */
export function onTerminal(
    words: string[],
    { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Shown> {
    const command = `stty rows 50 cols 300; exec timeout ${SECONDS} ${words.map(shellQuote).join(" ")}`;
    const child = spawn("script", ["-qefc", command, "/dev/null"], {
        cwd,
        env: { ...env, TERM: "xterm-256color" },
        stdio: ["pipe", "pipe", "pipe"],
    });
    let output = "";
    const keep = (part: Buffer): void => {
        output += part.toString("utf8");
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    return new Promise((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code) => {
            resolve({ code, output });
        });
    });
}

/** What stands there without colours and movements of the cursor. */
export function plainText(output: string): string {
    return output.replace(
        /\u001b(?:\[[0-9;?]*[A-Za-z]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[=>])/g,
        "",
    );
}
