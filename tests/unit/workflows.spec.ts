import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { load } from "js-yaml";
import { readJson, readText } from "./support/files";

const FILES = [
    ".github/workflows/ci.yml",
    ".github/workflows/release.yml",
    "examples/github-workflow/drift.yml",
    "examples/github-workflow/preview.yml",
];

interface Step {
    uses?: string;
    run?: string;
    with?: Record<string, unknown>;
    env?: Record<string, string>;
}

interface Job {
    uses?: string;
    needs?: string;
    steps?: Step[];
    permissions?: Record<string, string>;
    "timeout-minutes"?: number;
}

interface Workflow {
    on: Record<string, unknown>;
    permissions: unknown;
    concurrency?: unknown;
    env?: unknown;
    jobs: Record<string, Job>;
}

function workflow(file: string): Workflow {
    return load(readText(file)) as Workflow;
}

function steps(file: string): Step[] {
    return Object.values(workflow(file).jobs).flatMap((job) => job.steps ?? []);
}

describe("the workflows", () => {
    for (const file of FILES) {
        it(`pin every action of ${file} by commit, with its version beside it`, () => {
            const uses = readText(file).match(/uses: .*/g) ?? [];
            const foreign = uses.filter((line) => !line.startsWith("uses: ./"));
            assert.ok(foreign.length > 0);
            for (const line of foreign) {
                assert.match(line, /^uses: [\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
            }
        });

        it(`give ${file} no right that a job does not ask for, and every job an end`, () => {
            const { permissions, concurrency, jobs } = workflow(file);
            assert.deepEqual(permissions, {});
            assert.ok(concurrency);
            for (const [name, job] of Object.entries(jobs)) {
                assert.ok(job.permissions, name);
                assert.ok(job.uses ?? job["timeout-minutes"], name);
            }
        });

        it(`run no code of strangers with secrets in ${file}, and no text of theirs as a command`, () => {
            const { on, jobs } = workflow(file);
            assert.ok(!("pull_request_target" in on));
            const { env } = workflow(file);
            assert.ok(
                !JSON.stringify([env, Object.values(jobs).map(withoutSteps)]).includes("secrets."),
            );
            for (const step of steps(file)) {
                assert.ok(!(step.run ?? "").includes("${{"), step.run);
                if (step.uses?.startsWith("actions/checkout@") === true) {
                    assert.equal(step.with?.["persist-credentials"], false);
                }
                if (/secrets\./.test(JSON.stringify(step))) {
                    assert.match(step.uses ?? "", /^pulumi\/actions@/);
                }
            }
        });
    }

    it("use one commit for each action", () => {
        const pins = new Set(FILES.flatMap(steps).flatMap(({ uses }) => uses ?? []));
        const actions = new Set([...pins].map((pin) => pin.replace(/@.*/, "")));
        assert.equal(pins.size, actions.size, [...pins].join());
    });

    it("comment on a pull request with the diff, and refuse what the policy pack forbids", () => {
        const preview = steps("examples/github-workflow/preview.yml").at(-1)?.with;
        assert.equal(preview?.["command"], "preview");
        assert.equal(preview["diff"], true);
        assert.equal(preview["comment-on-pr"], true);
        assert.equal(preview["policyPacks"], "policy-pack");
    });

    it("fail at night when a preview is not empty, and change nothing", () => {
        const drift = steps("examples/github-workflow/drift.yml").at(-1)?.with;
        assert.equal(drift?.["command"], "preview");
        assert.equal(drift["expect-no-changes"], true);
        assert.ok("schedule" in workflow("examples/github-workflow/drift.yml").on);
    });

    describe("of a release", () => {
        const { jobs } = workflow(".github/workflows/release.yml");

        it("publish only what was tested, with provenance and without a stored token", () => {
            const chain: string[] = [];
            for (let name: string | undefined = "announce"; name !== undefined;) {
                chain.push(name);
                name = jobs[name]?.needs;
            }
            assert.deepEqual(chain, ["announce", "publish", "pack", "test", "check"]);
            assert.equal(jobs["test"]?.uses, "./.github/workflows/ci.yml");
            const publish = (jobs["publish"]?.steps ?? []).map(({ run }) => run ?? "").join("\n");
            assert.match(publish, /npm publish .* --provenance /);
            assert.doesNotMatch(
                readText(".github/workflows/release.yml"),
                /secrets\.|TOKEN: \$\{\{ s/,
            );
        });

        it("let only one job speak for the package, and it runs none of the repository's code", () => {
            const speakers = Object.entries(jobs).filter(
                ([, job]) => job.permissions?.["id-token"],
            );
            assert.deepEqual(
                speakers.map(([name]) => name),
                ["publish"],
            );
            assert.doesNotMatch(JSON.stringify(jobs["publish"]), /checkout|npm (ci|install|run)/);
        });

        const { version } = readJson("package.json") as { version: string };
        const check = (tag: string): string =>
            spawnSync("sh", [".github/check-release.sh", tag, "owner/name"], { encoding: "utf8" })
                .stderr;

        it("refuse a tag that is not the version everywhere, in the changelog and in a recorded state", () => {
            const problems = check("v99.0.0");
            for (const file of [
                "package.json",
                "schema.json",
                "examples/policy-pack/package.json",
            ]) {
                assert.ok(
                    problems.includes(`${file} has version ${version}; expected 99.0.0`),
                    problems,
                );
            }
            assert.match(problems, /CHANGELOG\.md has no section '## 99\.0\.0'/);
            assert.match(problems, /no recorded state of 99\.0\.0/);
        });

        it("accept the version of the moment, in the repository that package.json names", () => {
            const problems = check(`v${version}`).split("\n").filter(Boolean);
            assert.deepEqual(
                problems.filter((line) => !line.includes("package.json's repository is")),
                [],
            );
            assert.equal(problems.length, 1);
        });
    });
});

function withoutSteps(job: Job): Job {
    return { ...job, steps: [] };
}
