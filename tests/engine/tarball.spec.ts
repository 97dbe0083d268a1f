import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composedScript } from "../../components/ssh/scriptTable";
import { REPOSITORY } from "../support/localStack";

/** A user's program, in plain JavaScript: under mocks it registers the graph, and with it which script each node runs. */
const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const scripts = [];
pulumi.runtime.setMocks({
    call: () => ({}),
    newResource: ({ name, inputs }) => {
        if (inputs.stdin) scripts.push(/^SCRIPT='(.*)'$/m.exec(inputs.stdin)?.[1]);
        return { id: name, state: { ...inputs, stdout: "{}", certPem: "", validityEndTime: "" } };
    },
}).then(async () => {
    const sms = require("secure-metrics-server");
    const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOghebS8R9/reMLzqFzq9akk1eHTK1r0hq1x6bf2oEy7";
    new sms.KubeletServingCertificates("k", {
        nodes: { cp1: { host: "192.0.2.11", hostKey, role: sms.NodeRole.ControlPlane } },
    });
    await pulumi.runtime.disconnect();
    console.log(JSON.stringify({ exported: Object.keys(sms), scripts: scripts.sort() }));
});
`;

describe("the packed package, installed as a user does", () => {
    let folder: string;

    function npm(cwd: string, ...args: string[]): string {
        const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        return execFileSync("npm", [...args, ...quiet], { cwd, encoding: "utf8" });
    }

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "sms-tarball-"));
        npm(REPOSITORY, "pack", "--pack-destination", folder);
        const [tarball] = readdirSync(folder);
        assert.match(tarball ?? "", /^secure-metrics-server-\d+\.\d+\.\d+\.tgz$/);
        writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
        npm(folder, "install", "--prefer-offline", `./${String(tarball)}`);
    });

    after(() => {
        rmSync(folder, { recursive: true, force: true });
    });

    it("exports the components, and finds its scripts", () => {
        const text = execFileSync("node", ["-e", PROGRAM], { cwd: folder, encoding: "utf8" });
        const { exported, scripts } = JSON.parse(text) as { exported: string[]; scripts: string[] };
        for (const component of [
            "KubeletServingCertificates",
            "MetricsServer",
            "SecureMetricsServer",
            "ServingCertificate",
            "ServingSecret",
        ]) {
            assert.ok(exported.includes(component), component);
        }
        const names = ["csr-approval", "kubelet", "kubelet-config", "verification"] as const;
        assert.deepEqual(
            scripts,
            names.map((name) => composedScript(name).file).sort(),
            "the same scripts as here, byte for byte",
        );
    });

    it("brings a @pulumi/command that verifies host keys", () => {
        const [found] = Object.values(
            (
                JSON.parse(npm(folder, "ls", "@pulumi/command", "--json")) as {
                    dependencies: Record<
                        string,
                        { dependencies: Record<string, { version: string }> }
                    >;
                }
            ).dependencies,
        );
        assert.match(found?.dependencies["@pulumi/command"]?.version ?? "", /^1\./);
    });
});
