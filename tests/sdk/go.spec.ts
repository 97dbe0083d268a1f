import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copyExample } from "../support/example";
import { skipIfLacking } from "../support/skip";
import { go } from "./spellings";
import { accepts, lacking, programIn } from "./toolchain";

describe("the SDK for Go", () => {
    let folder = "";
    before(function () {
        skipIfLacking(this, lacking([["go", ["version"]]]));
        folder = copyExample("go");
        mkdirSync(join(folder, "every"));
        writeFileSync(join(folder, "every", "main.go"), programIn(go));
    });
    after(() => {
        rmSync(folder, { recursive: true, force: true });
    });

    it("compiles", () => {
        accepts(folder, "go", ["vet", "example.com/pulumi-secure-metrics-server/sdk/go/..."]);
    });

    it("is what examples/go needs", () => {
        accepts(folder, "go", ["build", "-o", "bin/example", "."]);
        accepts(folder, "go", ["vet", "."]);
    });

    it("takes every argument of every component", () => {
        accepts(folder, "go", ["vet", "./every"]);
    });
});
