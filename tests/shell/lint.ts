/**
 * `npm run shellcheck`: ShellCheck on each script as a node gets it. What one file sets and another reads is then in sight, and a
 * misspelt name is found. Findings are told with the file and the line in the repository.
 *
 * `npm run shfmt`: the style of all shell, as .editorconfig has it; `npm run shfmt -- -w` sets it.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composeScript, readScript } from "../../components/ssh/composeScript";
import { SCRIPT_NAMES, scriptEntry } from "../../components/ssh/scriptTable";

const FOLDER = "components/scripts";

/** Lines of a composed text, each with where it is from. */
type Origin = { file: string; line: number }[];

interface Composed {
    name: string;
    text: string;
    origin: Origin;
}

function part(file: string): Composed {
    const text = readScript(file);
    const origin = text
        .split("\n")
        .map((_, index) => ({ file: `${FOLDER}/${file}`, line: index + 1 }));
    return { name: file, text, origin: origin.slice(0, -1) };
}

/** Settings as the header has them; what is in a carried file is checked by itself. */
function composed(): Composed[] {
    const scripts = SCRIPT_NAMES.map((name) => {
        const { files, required, optional } = scriptEntry(name);
        const parts = files.map((file) =>
            typeof file === "string"
                ? part(file)
                : {
                      name: "",
                      text: `${file.as}() { echo; }\n`,
                      origin: [{ file: file.as, line: 1 }],
                  },
        );
        return withHeader(name, [...required, ...optional], parts);
    });
    const loaders = ["lib/load-kept.sh", "lib/load-once.sh"].map((file) =>
        withHeader(file, ["NODE_NAME", "ROOT", "SCRIPT", "STACK", "TRACE"], [part(file)]),
    );
    const carried = SCRIPT_NAMES.flatMap((name) => scriptEntry(name).files).flatMap((file) =>
        typeof file !== "string" && "embed" in file && file.embed.endsWith(".sh")
            ? [part(file.embed)]
            : [],
    );
    return [...scripts, ...loaders, part("lib/receive.sh"), ...carried];
}

function withHeader(name: string, keys: string[], parts: Composed[]): Composed {
    const header = composeScript(Object.fromEntries(keys.map((key) => [key, "text"])), []);
    // Behind a command, or the directive would be one for the whole file.
    const lines = `# shellcheck shell=sh\n:\n# shellcheck disable=SC2034\nsettings() {\n${header}}\n`;
    const origin = lines
        .split("\n")
        .slice(0, -1)
        .map(() => ({ file: `header of ${name}`, line: 1 }));
    return {
        name,
        text: lines + parts.map(({ text }) => text).join(""),
        origin: [...origin, ...parts.flatMap((one) => one.origin)],
    };
}

/** ShellCheck's findings in its own short form, at their place in the repository. */
function findings(folder: string, { name, text, origin }: Composed): string[] {
    const file = join(folder, `${name.replaceAll("/", "-")}.sh`);
    writeFileSync(file, text);
    const { stdout, stderr, error } = spawnSync("shellcheck", ["-f", "gcc", file], {
        encoding: "utf8",
    });
    if (error !== undefined || stderr !== "") {
        throw new Error(`shellcheck: ${error?.message ?? stderr}`);
    }
    return stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => {
            const [, at = "0", rest = line] = /^.*?:(\d+):(.*)$/.exec(line) ?? [];
            const from = origin[Number(at) - 1];
            return `${from?.file ?? name}:${from?.line ?? at}:${rest}`;
        });
}

function shellcheck(): string[] {
    const folder = mkdtempSync(join(tmpdir(), "shellcheck-"));
    try {
        const own = composed().flatMap((one) => findings(folder, one));
        const others = shellFiles().filter((file) => !file.startsWith(FOLDER));
        const { stdout } = spawnSync("shellcheck", ["-f", "gcc", ...others], { encoding: "utf8" });
        return [...new Set([...own, ...stdout.split("\n").filter((line) => line !== "")])];
    } finally {
        rmSync(folder, { recursive: true });
    }
}

function shfmt(words: string[]): string[] {
    const { stdout, stderr, error } = spawnSync(
        "shfmt",
        [...(words.length > 0 ? words : ["-d"]), ...shellFiles()],
        { encoding: "utf8" },
    );
    if (error !== undefined) {
        const missing = "shfmt is not on the PATH; expected Debian's; next: apt-get install shfmt";
        if (process.env["CI"] === "true") return [missing];
        console.error(`${missing}; the style of shell was not checked`);
        return [];
    }
    return `${stdout}${stderr}`.split("\n").filter((line) => line !== "");
}

function shellFiles(): string[] {
    const listed = execFileSync("git", ["ls-files", "-z", "*.sh"], { encoding: "utf8" });
    return listed.split("\0").filter((file) => file !== "");
}

const [tool, ...words] = process.argv.slice(2);
const found = tool === "shfmt" ? shfmt(words) : shellcheck();
for (const line of found) console.error(line);
process.exitCode = found.length === 0 ? 0 : 1;
