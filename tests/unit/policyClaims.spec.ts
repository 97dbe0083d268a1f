import assert from "node:assert/strict";
import { POLICIES } from "../../examples/policy-pack/policies";
import { CLAIMS, UNSEEN, type Claim, type Resource } from "../support/policyClaims";
import { readText } from "./support/files";

const README = readText("examples/policy-pack/README.md");

/** What a policy, or each of them, has to say about a resource. */
function problems([type, props]: Resource, name?: string): string[] {
    return POLICIES.filter((policy) => name === undefined || policy.name === name).flatMap(
        ({ rule }) => rule(type, props as Record<string, unknown>),
    );
}

/** The points of a list in the README: the one behind LEAD in the section with the heading. */
function points(heading: string, lead: string): string[] {
    const section = README.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
    const [, list = ""] = section.split(`${lead}:\n`);
    const [block = ""] = list.trimStart().split(/\n\n/);
    return block
        .split(/^- /m)
        .slice(1)
        .map((text) => text.replace(/\s+/g, " ").trim());
}

function sentences(claims: Claim[]): string[] {
    return claims.map(({ says }) => says);
}

describe("the policy pack's README", () => {
    it("lists the policies of the pack, each with what is claimed of it", () => {
        const names = POLICIES.map(({ name }) => name);
        assert.deepEqual(names, Object.keys(CLAIMS));
        const sections = [...README.matchAll(/^### `(.+)`$/gm)].map(([, name]) => name);
        assert.deepEqual(sections, names);
    });

    for (const [name, { refused, allowed }] of Object.entries(CLAIMS)) {
        it(`claims of ${name} what is shown here, and no more`, () => {
            assert.deepEqual(points(`\`${name}\``, "Refused"), sentences(refused));
            assert.deepEqual(points(`\`${name}\``, "Allowed"), sentences(allowed));
        });
    }

    it("says what is not seen", () => {
        assert.deepEqual(points("What is not seen", "Nothing is said about"), sentences(UNSEEN));
    });
});

for (const [name, { refused, allowed }] of Object.entries(CLAIMS)) {
    describe(`the policy ${name}`, () => {
        for (const { says, shownBy } of refused) {
            it(`refuses ${says}`, () => {
                for (const resource of shownBy) {
                    const found = problems(resource, name);
                    assert.notEqual(found.length, 0, JSON.stringify(resource));
                }
            });
        }
        for (const { says, shownBy } of allowed) {
            it(`allows ${says}`, () => {
                for (const resource of shownBy) {
                    assert.deepEqual(problems(resource), [], JSON.stringify(resource));
                }
            });
        }
    });
}

describe("the policy pack", () => {
    for (const { says, shownBy } of UNSEEN) {
        it(`does not see ${says}`, () => {
            for (const resource of shownBy) {
                assert.deepEqual(problems(resource), [], JSON.stringify(resource));
            }
        });
    }
});
