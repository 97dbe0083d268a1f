import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copyExample } from "../support/example";
import { skipIfLacking } from "../support/skip";
import { java } from "./spellings";
import { accepts, lacking, programIn } from "./toolchain";

const COMPILE = ["--batch-mode", "--quiet", "--no-transfer-progress", "compile"];

describe("the SDK for Java", () => {
    let folder = "";
    before(function () {
        const tools: [string, string[]][] = [
            ["mvn", ["--version"]],
            ["javac", ["--version"]],
        ];
        skipIfLacking(this, lacking(tools));
        folder = copyExample("java");
    });
    after(() => {
        rmSync(folder, { recursive: true, force: true });
    });

    it("compiles, and is what examples/java needs", () => {
        accepts(folder, "mvn", COMPILE);
    });

    it("takes every argument of every component", () => {
        const program = join(folder, "src", "main", "java", "example", "EveryArgument.java");
        writeFileSync(program, programIn(java));
        accepts(folder, "mvn", COMPILE);
    });
});
