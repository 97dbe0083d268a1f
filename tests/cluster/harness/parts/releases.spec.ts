import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { architecture, downloadRelease } from "./releases";

const PROGRAMS = ["kubelet", "kubeadm"];

describe("a release's own programs", () => {
    let files: Record<string, string>;
    let server: Server;
    let from: string;
    let directory: string;

    before(async () => {
        server = createServer(({ url = "" }, response) => {
            const content = files[url];
            response.writeHead(content === undefined ? 404 : 200).end(content);
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        from = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    });

    after(() => {
        server.close();
    });

    beforeEach(() => {
        directory = mkdtempSync(join(tmpdir(), "releases-"));
        files = {};
        for (const name of PROGRAMS) {
            const content = `#!/bin/sh\n# ${name}\n`.repeat(10_000);
            files[path(name)] = content;
            files[path(`${name}.sha256`)] = createHash("sha256").update(content).digest("hex");
        }
    });

    afterEach(() => {
        rmSync(directory, { recursive: true });
    });

    function path(name: string): string {
        return `/v1.2.3/bin/linux/${architecture()}/${name}`;
    }

    function download(where = from): Promise<string | undefined> {
        return downloadRelease("v1.2.3", PROGRAMS, directory, where);
    }

    it("are there, whole and executable, when each has the digest that is published beside it", async () => {
        assert.equal(await download(), undefined);
        for (const name of PROGRAMS) {
            assert.equal(readFileSync(join(directory, name), "utf8"), files[path(name)]);
            assert.equal(statSync(join(directory, name)).mode & 0o777, 0o755);
        }
    });

    it("are not there at all when one is not what was published", async () => {
        files[path("kubeadm")] = "another";
        assert.match((await download()) ?? "", /kubeadm has another SHA-256 than the one/);
        assert.deepEqual(readdirSync(directory), []);
    });

    it("are not there when somebody answers with a page instead of a digest", async () => {
        files[path("kubelet.sha256")] = "<html>log in first</html>";
        assert.match((await download()) ?? "", /kubelet\.sha256 is no SHA-256/);
        assert.deepEqual(readdirSync(directory), []);
    });

    it("are not there when one is not published, nobody answers, or they are not wanted", async () => {
        files = Object.fromEntries(
            Object.entries(files).filter(([url]) => url !== path("kubeadm")),
        );
        assert.match((await download()) ?? "", /kubeadm answers 404/);
        assert.match((await download("http://127.0.0.1:1")) ?? "", /cannot be reached/);
        assert.match((await download("none")) ?? "", /not wanted/);
        assert.deepEqual(readdirSync(directory), []);
    });
});
