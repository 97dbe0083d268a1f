import assert from "node:assert/strict";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copyExample } from "../support/example";
import { skipIfLacking } from "../support/skip";
import { REPOSITORY } from "./schema";
import { python } from "./spellings";
import { accepts, lacking, programIn, refuses } from "./toolchain";

const SDK = join("sdks", "secure-metrics-server", "pulumi_secure_metrics_server");
/** What the generator's own helpers do not fulfil, whichever package it generates. */
const TOLERATED = ["--disable-error-code=return-value", "--disable-error-code=arg-type"];

describe("the SDK for Python", () => {
    let folder = "";
    const mypy = join("venv", "bin", "mypy");
    before(function () {
        skipIfLacking(this, lacking([["python3", ["-c", "import venv, ensurepip"]]]));
        folder = copyExample("python");
        accepts(folder, "python3", ["-m", "venv", "venv"]);
        const pip = join("venv", "bin", "pip");
        accepts(folder, pip, ["install", "-q", "-r", "requirements.txt", "mypy==2.4.1"]);
    });
    after(() => {
        rmSync(folder, { recursive: true, force: true });
    });

    it("passes the type check", () => {
        accepts(folder, mypy, [...TOLERATED, SDK]);
    });

    it("is what examples/python needs", () => {
        accepts(folder, mypy, ["--strict", "__main__.py"]);
    });

    for (const example of ["cert-manager-python", "take-over-python"]) {
        it(`is what examples/${example} needs`, () => {
            const other = join(REPOSITORY, "examples", example, "__main__.py");
            copyFileSync(other, join(folder, "other.py"));
            accepts(folder, mypy, ["--strict", "other.py"]);
        });
    }

    it("takes every argument of every component", () => {
        writeFileSync(join(folder, "every.py"), programIn(python));
        accepts(folder, mypy, ["--strict", "every.py"]);
    });

    it("refuses a misspelt argument", () => {
        writeFileSync(
            join(folder, "misspelt.py"),
            programIn(python).replace("host_key=", "hostkey="),
        );
        assert.match(refuses(folder, mypy, ["--strict", "misspelt.py"]), /hostkey/);
    });
});
