import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Schema } from "../unit/support/schema";
import { everyArgument, type Spelling } from "./everyArgument";
import { REPOSITORY } from "./schema";

/** What this machine lacks to compile a language: the tools that do not answer. */
export function lacking(tools: [string, string[]][]): string[] {
    return tools
        .filter(([command, args]) => spawnSync(command, args, { stdio: "ignore" }).status !== 0)
        .map(([command, args]) => `\`${[command, ...args].join(" ")}\` does not run here`);
}

/** Runs a compiler that has to agree. */
export function accepts(folder: string, command: string, args: string[]): void {
    const { code, output } = run(folder, command, args);
    assert.equal(code, 0, `${command} ${args.join(" ")}\n${output}`);
}

/** Runs a compiler that has to refuse, and gives its reason. */
export function refuses(folder: string, command: string, args: string[]): string {
    const { code, output } = run(folder, command, args);
    assert.notEqual(code, 0, `${command} ${args.join(" ")} accepted it`);
    return output;
}

function run(cwd: string, command: string, args: string[]): { code: number | null; output: string } {
    const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
    return { code: status, output: error?.message ?? stdout + stderr };
}

/** The program that uses everything, from the schema that is committed. */
export function programIn(spelling: Spelling): string {
    const schema = readFileSync(join(REPOSITORY, "schema.json"), "utf8");
    return everyArgument(JSON.parse(schema) as Schema, spelling);
}
