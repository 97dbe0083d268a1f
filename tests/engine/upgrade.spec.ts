import assert from "node:assert/strict";
import { engineRequirements } from "../e2e/support/engine";
import { record, type Change } from "../support/localStack";
import { skipIfLacking } from "../support/skip";
import { commandsOf, importRelease, recordedReleases, withStack } from "./upgrade/state";

/** In mode controller, the right to a lease is one of its namespace only now. */
const NEW = [
    "create controller-csr-approver-lease-binding",
    "create controller-csr-approver-lease-role",
];

describe("an upgrade of a stack from an earlier release, with the real engine", function () {
    before(function () {
        skipIfLacking(this, engineRequirements());
    });

    /** What a preview of today's package shows on top of a recorded state. */
    function preview(release: string, edit?: (state: string) => string): Promise<Change[]> {
        return withStack(async (stack, folder) => {
            await importRelease(stack, folder, release, edit);
            const run = await record((options) => stack.preview(options));
            assert.equal(run.error, undefined, run.error);
            return run.changes.filter(({ type }) => !type.startsWith("pulumi:providers:"));
        });
    }

    function drastic(changes: Change[]): string[] {
        return changes.filter(({ op }) => op !== "update").map(({ op, name }) => `${op} ${name}`);
    }

    for (const release of recordedReleases()) {
        it(`replaces and deletes nothing in a stack of ${release}, renews no certificate, and creates what is new only`, async () => {
            const changes = await preview(release);
            assert.deepEqual(drastic(changes).sort(), NEW);
            assert.deepEqual(
                changes.filter(({ type }) => type.startsWith("tls:")),
                [],
            );
        });

        it(`shows of each command on a node of ${release} its text on stdin, its command lines, and who prints what it says`, async () => {
            const changes = await preview(release);
            const commands = commandsOf(release);
            assert.ok(commands.length >= 8);
            // The provider that renders into a folder writes every object again, without a difference.
            const different = changes.filter(
                ({ type, diffs }) => !type.startsWith("kubernetes:") || diffs.length > 0,
            );
            assert.deepEqual(
                different
                    .map(({ op, name, diffs }) => `${op} ${name}: ${[...diffs].sort().join(" ")}`)
                    .sort(),
                commands
                    .map(({ name, undone }) => {
                        const lines = undone ? "create delete" : "create";
                        return `update ${name}: ${lines} logging stdin update`;
                    })
                    .sort(),
            );
        });
    }

    it("would show a child that lost its name, its parent or its type", async () => {
        const [release = ""] = recordedReleases();
        const changes = await preview(release, (state) =>
            state.replaceAll("metrics-metrics-server-service-account", "renamed"),
        );
        assert.deepEqual(drastic(changes).sort(), [
            ...NEW,
            "create metrics-metrics-server-service-account",
            "delete renamed",
        ]);
    });

    it("would show a setting that replaces what runs", async () => {
        const [release = ""] = recordedReleases();
        const changes = await preview(release, (state) =>
            state.replaceAll('"k8s-app": "metrics-server"', '"k8s-app": "other"'),
        );
        assert.match(drastic(changes).join(), /replace metrics-metrics-server-deployment/);
    });
});
