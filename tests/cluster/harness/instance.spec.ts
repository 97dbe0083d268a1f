import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addresses6Of, addressesOf, hostLinkOf } from "./addresses";
import { INSTANCES, parseInstance } from "./instance";
import { takeInstance } from "./instanceOption";
import { ensurePart } from "./parts/part";
import { nameOf, stateDirectoryOf } from "./paths";

describe("instances of the test cluster", () => {
    it("are the default one, or one of nine others", () => {
        assert.equal(parseInstance(undefined), 0);
        assert.equal(parseInstance(""), 0);
        assert.equal(parseInstance("9"), 9);
        for (const text of ["0", "10", "-1", "1 ", "one", "1.5"]) {
            assert.throws(() => parseInstance(text), /must be a number from 1 to 9/, text);
        }
    });

    it("leave the default one where it has always been", () => {
        assert.equal(stateDirectoryOf(0), "/var/lib/secure-metrics-server-cluster");
        assert.equal(hostLinkOf(0), "smscluster0");
        const { nodeSubnet, host, gateway, podSubnet, serviceSubnet } = addressesOf(0);
        assert.deepEqual(
            [nodeSubnet, host, gateway, podSubnet, serviceSubnet],
            ["10.77.0.0/24", "10.77.0.1", "10.77.0.254", "10.244.0.0/16", "10.96.0.0/16"],
        );
    });

    it("share no network", () => {
        const networks = INSTANCES.flatMap((instance) => {
            const { nodeSubnet, podSubnet, serviceSubnet } = addressesOf(instance);
            return [nodeSubnet, podSubnet, serviceSubnet];
        });
        // All of /16 but for the nodes', which share one that is nobody else's.
        const wide = networks.map((network) => network.split(".").slice(0, 2).join("."));
        assert.equal(new Set(wide).size, 1 + 2 * INSTANCES.length);
        assert.equal(new Set(networks).size, networks.length);
        const sites = INSTANCES.map((instance) => addresses6Of(instance).nodePrefix);
        assert.equal(new Set(sites).size, INSTANCES.length);
    });

    it("have the networks of IPv6 within one that is nobody else's, without an overlap", () => {
        for (const instance of INSTANCES) {
            const { nodeSubnet, podSubnet, serviceSubnet } = addresses6Of(instance);
            const site = `fd77:5ec:c${instance}`;
            assert.deepEqual(
                [nodeSubnet, podSubnet, serviceSubnet],
                [`${site}::/64`, `${site}:100::/56`, `${site}:200::/112`],
            );
        }
    });

    it("have names that are found in nobody else's", () => {
        const names = INSTANCES.map(nameOf);
        for (const name of names) {
            assert.deepEqual(
                names.filter((other) => other.includes(name)),
                [name],
            );
        }
        for (const instance of INSTANCES) {
            assert.ok(hostLinkOf(instance).length < 16, "the kernel's limit");
        }
    });

    it("are chosen on the command line, wherever the option stands", () => {
        const up = { instance: "3", rest: ["up", "--workers", "1"] };
        assert.deepEqual(takeInstance(["--instance", "3", "up", "--workers", "1"]), up);
        assert.deepEqual(takeInstance(["up", "--workers", "1", "--instance=3"]), up);
        assert.deepEqual(takeInstance(["up"]), { rest: ["up"] });
        assert.throws(() => takeInstance(["up", "--instance"]), /needs a number/);
    });

    it("leave the command that runs on a node alone", () => {
        const rest = ["ssh", "w1", "kubelet", "--instance", "4"];
        assert.deepEqual(takeInstance(rest), { rest });
        assert.deepEqual(takeInstance(["--instance", "3", ...rest]), { instance: "3", rest });
        assert.deepEqual(takeInstance(["ssh", "--instance=3", "w1", "id"]), {
            instance: "3",
            rest: ["ssh", "w1", "id"],
        });
    });
});

describe("a part of the test cluster", () => {
    const usual = process.env["SECURE_METRICS_SERVER_CACHE"];
    const cache = mkdtempSync(join(tmpdir(), "parts-"));

    before(() => {
        process.env["SECURE_METRICS_SERVER_CACHE"] = cache;
    });

    after(() => {
        rmSync(cache, { recursive: true });
        if (usual === undefined) {
            delete process.env["SECURE_METRICS_SERVER_CACHE"];
        } else {
            process.env["SECURE_METRICS_SERVER_CACHE"] = usual;
        }
    });

    it("is built by one of those that need it at the same time", async () => {
        const builds = join(cache, "builds");
        const part = {
            name: "example",
            recipe: "the same",
            build: (directory: string): Promise<void> => {
                appendFileSync(builds, "built\n");
                appendFileSync(join(directory, "file"), "content\n");
                return Promise.resolve();
            },
        };
        const directories = await Promise.all([1, 2, 3].map(() => ensurePart(part)));
        assert.equal(new Set(directories).size, 1);
        assert.equal(readFileSync(builds, "utf8"), "built\n");
        assert.equal(readFileSync(join(directories[0] ?? "", "file"), "utf8"), "content\n");
    });

    it("is built anew after a build that failed", async () => {
        let tries = 0;
        const part = {
            name: "fails-once",
            recipe: "the same",
            build: (directory: string): Promise<void> => {
                tries += 1;
                appendFileSync(join(directory, "file"), `${tries}\n`);
                return tries === 1 ? Promise.reject(new Error("no")) : Promise.resolve();
            },
        };
        await assert.rejects(ensurePart(part), /no/);
        const directory = await ensurePart(part);
        assert.equal(readFileSync(join(directory, "file"), "utf8"), "2\n");
    });
});
