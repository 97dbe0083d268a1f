import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../cluster/harness";
import type { CertificateSettingsArgs } from "../../components/serving-certificate/servingCertificateArgs";
import { Substitute } from "../substitute/substitute";
import { REPOSITORY } from "../support/localStack";
import type { ResourceEvent } from "../support/timeline";

/** A program that needs no cluster: keys, requests and certificates only. */
const PROGRAM = join(REPOSITORY, "tests", "engine", "programs", "certificate");
const NO_CLUSTER = undefined as unknown as Cluster;
const ALL = [
    "create serving-ca-1",
    "create serving-ca-key-1",
    "create serving-certificate",
    "create serving-key",
    "create serving-request",
];

describe("the substitute for the engine", () => {
    let folder: string;
    let substitute: Substitute;

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "sms-substitute-"));
        cpSync(PROGRAM, folder, { recursive: true });
        symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
        const program = { folder, project: "certificate", config: {}, secrets: [] };
        substitute = new Substitute(NO_CLUSTER, program);
        set({});
    });

    after(() => {
        rmSync(folder, { recursive: true });
    });

    function set(settings: CertificateSettingsArgs): void {
        writeFileSync(join(folder, "settings.json"), JSON.stringify(settings));
    }

    it("makes nothing in a preview, and says what it would make", async () => {
        for (const run of [await substitute.preview(), await substitute.preview()]) {
            assert.deepEqual([run.changes.sort(), run.unchanged], [ALL, 0]);
        }
    });

    it("makes each resource when those that it needs are there", async () => {
        const events: ResourceEvent[] = [];
        const { changes } = await substitute.up({ onEvent: (event) => events.push(event) });
        assert.deepEqual(changes.sort(), ALL);
        const seen = events.map(({ phase, name }) => `${phase} ${name}`);
        const at = (what: string): number => seen.indexOf(what);
        assert.ok(at("done serving-ca-key-1") < at("begins serving-ca-1"));
        assert.ok(at("done serving-ca-1") < at("begins serving-certificate"));
        assert.ok(at("done serving-request") < at("begins serving-certificate"));
    });

    it("finds nothing to do in a second preview and a second run of the same program", async () => {
        for (const run of [await substitute.preview(), await substitute.up()]) {
            assert.deepEqual(run, { changes: [], unchanged: ALL.length });
        }
    });

    it("names what differs when the program does, with all that follows from it", async () => {
        set({ validityHours: 1000, renewBeforeHours: 100 });
        const { changes, unchanged } = await substitute.preview();
        assert.deepEqual(changes, [
            "update serving-certificate (earlyRenewalHours, validityPeriodHours)",
        ]);
        assert.equal(unchanged, ALL.length - 1);
    });

    it("refuses to change a certificate in place, and says which", async () => {
        await assert.rejects(
            substitute.up(),
            /serving-certificate differs in earlyRenewalHours, validityPeriodHours: the substitute for the engine/,
        );
    });

    it("says what the program registers no more", async () => {
        set({ caKeyGenerations: ["2"] });
        const { changes } = await substitute.preview();
        assert.ok(changes.includes("create serving-ca-key-2"), changes.join());
        assert.ok(changes.includes("delete serving-ca-key-1"), changes.join());
    });

    it("fails with what the program says of its arguments", async () => {
        set({ validityHours: -1 });
        await assert.rejects(substitute.preview(), /validityHours/);
    });

    it("forgets everything with destroy, the newest first", async () => {
        const names = await substitute.destroy();
        assert.equal(names[0], "serving-certificate");
        assert.equal(names.length, ALL.length);
        set({});
        assert.deepEqual((await substitute.preview()).changes.sort(), ALL);
    });
});
