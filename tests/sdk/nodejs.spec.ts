import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REPOSITORY } from "./schema";
import { typescript } from "./spellings";
import { accepts, programIn, refuses } from "./toolchain";

const OPTIONS = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "commonjs"];
const tsc = join(REPOSITORY, "node_modules", ".bin", "tsc");

describe("the SDK for TypeScript", () => {
    let folder = "";
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "sdk-nodejs-"));
        symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
        cpSync(join(REPOSITORY, "sdk", "nodejs"), join(folder, "sdk"), { recursive: true });
        const paths = { "secure-metrics-server-sdk": ["./sdk"] };
        writeFileSync(
            join(folder, "tsconfig.json"),
            JSON.stringify({ compilerOptions: { paths }, files: ["every.ts"] }),
        );
    });
    after(() => {
        rmSync(folder, { recursive: true, force: true });
    });

    it("compiles", () => {
        accepts(join(folder, "sdk"), tsc, ["-p", ".", "--noEmit"]);
    });

    it("takes every argument of every component", () => {
        writeFileSync(join(folder, "every.ts"), programIn(typescript));
        accepts(folder, tsc, ["-p", ".", ...OPTIONS]);
    });

    it("refuses a misspelt argument", () => {
        const program = programIn(typescript).replace("hostKey:", "hostkey:");
        writeFileSync(join(folder, "every.ts"), program);
        assert.match(refuses(folder, tsc, ["-p", ".", ...OPTIONS]), /hostkey/);
    });
});
