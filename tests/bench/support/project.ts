import {
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { composeScript } from "../../../components/ssh/composeScript";
import { loaderOf } from "../../../components/ssh/nodeScripts";
import { composedScript } from "../../../components/ssh/scriptTable";
import type { Farm } from "../nodes/farm";
import { pulumi, type Measured } from "./pulumi";

const REPOSITORY = join(__dirname, "..", "..", "..");
const PROGRAMS = join(__dirname, "..", "programs");
const NAME = "bench";
const STACK = "run";

/** A `remote.Command` as the state has it; its connection is ciphertext. */
export interface Command {
    name: string;
    inputs: { create: string; delete?: string; stdin: string };
}

interface State {
    checkpoint: {
        latest: { resources: { type: string; urn: string; inputs: Command["inputs"] }[] };
    };
}

/** A program of `programs/`, by its file name. */
export type ProgramName = "empty" | "bare" | "carrying" | "kubelets" | "parts" | "whole";

/** A Pulumi project in a folder of its own, with a compiled program and a local file backend. */
export class Project {
    private constructor(readonly folder: string) {}

    static async create(program: ProgramName, farm?: Farm): Promise<Project> {
        const folder = mkdtempSync(join(tmpdir(), "sms-bench-"));
        compilePrograms(folder);
        mkdirSync(join(folder, "state"));
        symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
        writeFileSync(join(folder, "package.json"), "{}");
        writeFileSync(
            join(folder, "Pulumi.yaml"),
            `name: ${NAME}\nmain: programs/${program}.js\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n`,
        );
        // The program's working directory is the folder of its main file.
        writeFileSync(join(folder, "programs", "farm.json"), JSON.stringify(farm ?? null));
        // What each node's command carries, with settings of the same size.
        writeFileSync(join(folder, "programs", "node.sh"), carried());
        const self = new Project(folder);
        await self.run("stack", "init", STACK);
        return self;
    }

    preview(): Promise<Measured> {
        return this.run("preview", "--diff=false");
    }

    up(): Promise<Measured> {
        return this.run("up", "--yes", "--skip-preview");
    }

    destroy(): Promise<Measured> {
        return this.run("destroy", "--yes", "--skip-preview");
    }

    /** Bytes of the state as it lies on disk. */
    stateBytes(): number {
        return statSync(this.statePath()).size;
    }

    /** The commands on nodes as the state has them, in the order in which they were done. */
    commands(): Command[] {
        const { checkpoint } = JSON.parse(readFileSync(this.statePath(), "utf8")) as State;
        return checkpoint.latest.resources
            .filter(({ type }) => type === "command:remote:Command")
            .map(({ urn, inputs }) => ({ name: urn.split("::").at(-1) ?? "", inputs }));
    }

    private statePath(): string {
        return join(this.folder, "state", ".pulumi", "stacks", NAME, `${STACK}.json`);
    }

    remove(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }

    private run(...args: string[]): Promise<Measured> {
        return pulumi(this.folder, args);
    }
}

function carried(): string {
    const settings = {
        NODE_ADDRESSES: "n0001 10.0.0.1",
        NODE_NAME: "n0001",
        SCRIPT: composedScript("kubelet").file,
    };
    return composeScript(settings, [loaderOf("kubelet")]);
}

/** Compiled beforehand, so that no run pays for a compiler. */
function compilePrograms(folder: string): void {
    mkdirSync(join(folder, "programs"));
    for (const file of readdirSync(PROGRAMS)) {
        const { outputText } = ts.transpileModule(readFileSync(join(PROGRAMS, file), "utf8"), {
            compilerOptions: {
                module: ts.ModuleKind.CommonJS,
                target: ts.ScriptTarget.ES2022,
                esModuleInterop: true,
            },
        });
        writeFileSync(join(folder, "programs", file.replace(/\.ts$/, ".js")), outputText);
    }
}
