import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { engineRequirements } from "../e2e/support/engine";
import { base64 } from "../../components/shared/pem";
import { certificate, EXPIRED, GARBAGE } from "../support/caCertificates";
import { localStack, record, REPOSITORY, type Run } from "../support/localStack";
import { skipIfLacking } from "../support/skip";

const POLICY_PACK = join(REPOSITORY, "examples", "policy-pack");
const KEY = "private-key-marker";

/** What each policy has to refuse; the names are those in forbidden.ts. */
const REFUSED = {
    "kubelet-verified": [
        "chart:default/from-chart",
        "flag-added-by-kyverno",
        "flag-beside-unknown-values",
        "flag-equals-true",
        "flag-in-a-secret",
        "flag-in-base64",
        "flag-in-command-of-daemonset",
        "flag-in-cronjob",
        "flag-in-custom-resource",
        "flag-in-deployment",
        "flag-in-environment",
        "flag-in-init-container-of-job",
        "flag-in-manifest",
        "flag-in-patch",
        "flag-in-values-file",
        "flag-of-parts-from-environment",
        "flag-with-separate-false",
        "from-group-v1",
        "group:default/from-group",
        "v3-from-chart",
    ],
    "api-service-verified": [
        "chart:v1.from.chart",
        "skips",
        "skips-by-default",
        "skips-by-default-by-flux",
        "skips-in-old-version",
        "skips-in-patch",
        "skips-in-values-of-argo",
        "v3-v1.from.chart",
    ],
    "api-server-verified": ["any-server", "any-server-in-secret"],
    "ssh-host-key-pinned": ["any-bastion", "any-host", "any-host-gets-a-copy", "blank-key"],
    "ca-bundle-valid": [
        "bundle-of-expired-and-expiring",
        "bundle-with-garbage",
        "bundle-without-certificate",
        "expired-bundle",
        "expired-bundle-of-webhook",
        "expiring-bundle",
    ],
};

describe("the policy pack, in previews of the real engine", function () {
    before(function () {
        skipIfLacking(this, engineRequirements());
    });

    async function preview(which: "allowed" | "forbidden"): Promise<Run> {
        const program = join(__dirname, "programs", "policies");
        const { stack, folder } = await localStack(program, which);
        const [valid, expiring] = [certificate(60), certificate(10)];
        const settings = {
            case: which,
            key: KEY,
            expired: base64(EXPIRED),
            expiring: base64(expiring),
            both: base64(EXPIRED + expiring),
            garbage: base64(GARBAGE + valid),
            valid: base64(valid),
            validPem: valid,
            rotated: base64(EXPIRED + valid),
        };
        try {
            for (const [key, value] of Object.entries(settings)) {
                await stack.setConfig(`policies:${key}`, { value, secret: key === "key" });
            }
            return await record((options) =>
                stack.preview({ ...options, policyPacks: [POLICY_PACK] }),
            );
        } finally {
            rmSync(folder, { recursive: true, force: true });
        }
    }

    describe("of a program full of shortcuts", () => {
        let run: Run;

        before(async () => {
            run = await preview("forbidden");
        });

        it("fails, and shows no secret", () => {
            assert.match(run.error ?? "", /preview failed/);
            assert.ok(!run.output.includes(KEY));
            assert.ok(run.violations.every(({ level }) => level === "mandatory"));
        });

        for (const [policy, names] of Object.entries(REFUSED)) {
            it(`names each resource that ${policy} is about, and no other`, () => {
                const refused = run.violations.filter((violation) => violation.policy === policy);
                const unique = [...new Set(refused.map(({ name }) => name))].sort();
                assert.deepEqual(unique, names);
            });
        }
    });

    it("lets the package itself and careful programs through", async () => {
        const run = await preview("allowed");
        assert.deepEqual(run.violations, []);
        assert.equal(run.error, undefined, run.error);
        const created = run.changes.map(({ name }) => name);
        assert.ok(created.includes("metrics-metrics-server-api-service"));
        assert.ok(created.includes("pinned-later"));
    });
});
