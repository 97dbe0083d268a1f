import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { skipIfLacking } from "../support/skip";
import { REPOSITORY } from "./schema";
import { accepts, lacking } from "./toolchain";

describe("the SDK for .NET", () => {
    let folder = "";
    before(function () {
        skipIfLacking(this, lacking([["dotnet", ["--version"]]]));
        folder = mkdtempSync(join(tmpdir(), "sdk-dotnet-"));
        cpSync(join(REPOSITORY, "sdk", "dotnet"), folder, { recursive: true });
    });
    after(() => {
        rmSync(folder, { recursive: true, force: true });
    });

    it("compiles", () => {
        accepts(folder, "dotnet", ["build", "--nologo"]);
    });
});
