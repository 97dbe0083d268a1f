import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as index from "../../index";
import {
    CertificateSource,
    CsrApprovalMode,
    NodeAddressType,
    NodeRole,
    OnRemove,
    Placement,
    TlsVersion,
    UnhealthyPodEvictionPolicy,
} from "../../index";

const ROOT = join(__dirname, "..", "..");

function read(file: string): unknown {
    return JSON.parse(readFileSync(join(ROOT, file), "utf8"));
}

/** The version that the lock file installs. */
function locked(name: string): [number, number, number] {
    const { packages } = read("package-lock.json") as {
        packages: Record<string, { version: string } | undefined>;
    };
    const version = packages[`node_modules/${name}`]?.version ?? "";
    const [major = NaN, minor = NaN, patch = NaN] = version.split(".").map(Number);
    return [major, minor, patch];
}

describe("the package", () => {
    const manifest = read("package.json") as {
        name: string;
        main: string;
        types: string;
        exports: Record<string, unknown>;
        files: string[];
        engines: { node: string };
        dependencies: Record<string, string>;
        peerDependencies?: Record<string, string>;
        pulumi?: unknown;
    };

    it("exports the six components and the eight enums, and nothing that works", () => {
        assert.deepEqual(Object.keys(index).sort(), [
            "CertificateSource",
            "ClusterPreflight",
            "CsrApprovalMode",
            "KubeletServingCertificates",
            "MetricsServer",
            "NodeAddressType",
            "NodeRole",
            "OnRemove",
            "Placement",
            "SecureMetricsServer",
            "ServingCertificate",
            "ServingSecret",
            "TlsVersion",
            "UnhealthyPodEvictionPolicy",
        ]);
    });

    it("has enum values that stay as they are: they are in programs of all languages", () => {
        assert.deepEqual(
            { ...CertificateSource, ...CsrApprovalMode, ...NodeRole, ...OnRemove, ...TlsVersion },
            {
                Own: "own",
                GivenCa: "givenCa",
                Given: "given",
                ClusterCa: "clusterCa",
                ExistingSecret: "existingSecret",
                CertManager: "certManager",
                ControlPlane: "controlPlane",
                Controller: "controller",
                External: "external",
                Worker: "worker",
                Retain: "retain",
                Revert: "revert",
                Tls12: "VersionTLS12",
                Tls13: "VersionTLS13",
            },
        );
        assert.deepEqual(
            { ...Placement, ...UnhealthyPodEvictionPolicy },
            {
                Anywhere: "anywhere",
                ControlPlane: "controlPlane",
                IfHealthyBudget: "IfHealthyBudget",
                AlwaysAllow: "AlwaysAllow",
            },
        );
        for (const [name, value] of Object.entries(NodeAddressType)) {
            assert.equal(value, name, "as Kubernetes calls it");
        }
    });

    it("installs @pulumi/command 1.x: 4.5.0 is a mistaken publish that verifies no host key", () => {
        const [major, minor, patch] = locked("@pulumi/command");
        assert.equal(major, 1);
        assert.ok(minor > 2 || (minor === 2 && patch >= 1));
        assert.equal(manifest.dependencies["@pulumi/command"], "^1.2.1");
    });

    it("installs a TypeScript that Pulumi's analyzer understands", () => {
        assert.deepEqual(locked("typescript").slice(0, 2), [5, 9]);
    });

    it("installs a Pulumi SDK that knows hooks, and a kubernetes provider that creates safely", () => {
        const [major, minor] = locked("@pulumi/pulumi");
        assert.ok(major === 3 && minor >= 249);
        const [kubernetes, kubernetesMinor] = locked("@pulumi/kubernetes");
        assert.ok(kubernetes === 4 && kubernetesMinor >= 32);
        assert.equal(locked("@pulumi/tls")[0], 5);
    });

    it("depends on ranges and not on peers, as Pulumi packages do", () => {
        for (const [name, range] of Object.entries(manifest.dependencies)) {
            assert.match(range, /^\^\d+\.\d+\.\d+$/, name);
        }
        assert.equal(manifest.peerDependencies, undefined);
        assert.equal(manifest.pulumi, undefined);
        assert.equal(manifest.engines.node, ">=22");
    });

    it("gives importing programs the components, and the plugin host, which runs a folder, the plugin", () => {
        assert.equal(manifest.name, "secure-metrics-server");
        assert.equal(manifest.main, "bin/plugin/index.js");
        assert.equal(manifest.types, "bin/index.d.ts");
        assert.deepEqual(manifest.exports["."], {
            types: "./bin/index.d.ts",
            default: "./bin/index.js",
        });
    });

    it("ships compiled code, the sources from which a plugin starts without it, and the schema", () => {
        for (const file of [
            "bin",
            "index.ts",
            "components",
            "plugin",
            "tsconfig.json",
            "PulumiPlugin.yaml",
            "schema.json",
        ]) {
            assert.ok(manifest.files.includes(file), file);
        }
    });

    it("imports kubernetes by its parts only: all of it takes seconds to load", () => {
        const loaded = Object.keys(require.cache).filter((file) =>
            /@pulumi\/kubernetes\/index\.js$/.test(file),
        );
        assert.deepEqual(loaded, []);
    });

    it("loads no SSH client before a node has to be reached: a preview without changes needs none", () => {
        const program = 'require("./index"); console.log(Object.keys(require.cache).join("\\n"));';
        const loaded = execFileSync(process.execPath, ["--import=tsx", "--eval", program], {
            cwd: ROOT,
            encoding: "utf8",
        });
        assert.match(loaded, /components\/ssh\/nodeCommand/);
        assert.doesNotMatch(loaded, /node_modules\/ssh2\//);
    });
});
