import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { languageRequirements } from "../e2e/support/engine";
import { localStack, record, REPOSITORY, type Run } from "../support/localStack";
import { CLAIMS, UNSEEN, type Claim, type Resource } from "../support/policyClaims";
import { skipIfLacking } from "../support/skip";

const POLICY_PACK = join(REPOSITORY, "examples", "policy-pack");

/** A resource as the program takes it. Providers cannot be components. */
type Named = [name: string, ...Resource];

function named(prefix: string, claims: Claim[]): Named[] {
    return claims
        .flatMap(({ shownBy }, claim) =>
            shownBy.map(([type, props], index): Named => [
                `${prefix}-${claim}-${index}`,
                type,
                props,
            ]),
        )
        .filter(([, type]) => !type.startsWith("pulumi:providers:"));
}

const REFUSED = Object.entries(CLAIMS).map(([policy, { refused }]): [string, Named[]] => [
    policy,
    named(policy, refused),
]);
const ALLOWED = [
    ...Object.entries(CLAIMS).flatMap(([policy, { allowed }]) => named(policy, allowed)),
    ...named("unseen", UNSEEN),
];

/** What the claims of the README become when the engine carries the resources to the policy pack. */
describe("the policy pack's claims, in previews of the real engine", function () {
    before(function () {
        skipIfLacking(this, languageRequirements("nodejs", ["pulumi"]));
    });

    async function preview(resources: Named[]): Promise<Run> {
        const { stack, folder } = await localStack(join(__dirname, "programs", "claims"), "claims");
        try {
            await stack.setConfig("claims:resources", { value: JSON.stringify(resources) });
            return await record((options) =>
                stack.preview({ ...options, policyPacks: [POLICY_PACK] }),
            );
        } finally {
            rmSync(folder, { recursive: true, force: true });
        }
    }

    it("hold for everything that is refused", async () => {
        const { violations, error = "" } = await preview(REFUSED.flatMap(([, all]) => all));
        assert.match(error, /preview failed/);
        for (const [policy, resources] of REFUSED) {
            const found = violations.filter((violation) => violation.policy === policy);
            const names = new Set(found.map(({ name }) => name));
            const missed = resources.filter(([name]) => !names.has(name));
            assert.deepEqual(missed, [], policy);
        }
    });

    it("hold for everything that is allowed, or not seen", async () => {
        const { violations, error, changes } = await preview(ALLOWED);
        assert.deepEqual(violations, []);
        assert.equal(error, undefined, error);
        const created = new Set(changes.map(({ name }) => name));
        assert.deepEqual(
            ALLOWED.filter(([name]) => !created.has(name)),
            [],
        );
    });
});
