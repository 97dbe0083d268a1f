import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { engineRequirements, languageRequirements } from "../e2e/support/engine";
import { REPOSITORY } from "../support/localStack";
import type { Display } from "./display";
import type { Runner } from "./words";

/** A folder of the project for an engine that the demo had to install. */
const ENGINE_FOLDER = join(REPOSITORY, ".pulumi-cli");
/** Seconds for a download; a network that swallows everything must not end the demo. */
const INSTALL_SECONDS = 300;

/** Pulumi from PATH, or installed the official way into the project; where it is neither, the substitute. */
export function findRunner(display: Display): Runner {
    if (version() === undefined) {
        display.line(`demo: \`pulumi\` is not on PATH; trying to install it into .pulumi-cli`);
        const problem = install();
        if (problem !== undefined) {
            const why = `\`pulumi\` is not on PATH and could not be installed (${problem})`;
            return { kind: "substitute", why };
        }
    }
    const lacks = [...engineRequirements(), ...languageRequirements("nodejs", [])];
    const found = version();
    return lacks.length > 0 || found === undefined
        ? { kind: "substitute", why: lacks.join("; ") }
        : { kind: "pulumi", version: found };
}

function version(): string | undefined {
    const { status, stdout } = spawnSync("pulumi", ["version"], { encoding: "utf8" });
    return status === 0 ? stdout.trim() : undefined;
}

/** Installs the engine and puts it on PATH; returns why it could not. */
function install(): string | undefined {
    const program = [process.execPath, "--import=tsx", join(__dirname, "installEngine.ts")];
    // timeout(1) ends the whole process group, and so what the installer has started.
    const args = [String(INSTALL_SECONDS), ...program, ENGINE_FOLDER];
    const { status, stderr } = spawnSync("timeout", args, { cwd: REPOSITORY, encoding: "utf8" });
    if (status === 124) {
        return `gave up after ${INSTALL_SECONDS} s`;
    }
    if (status !== 0) {
        return stderr.trim().split("\n").at(-1) ?? "";
    }
    const path = process.env["PATH"] ?? "";
    process.env["PATH"] = `${join(ENGINE_FOLDER, "bin")}${delimiter}${path}`;
    return undefined;
}
