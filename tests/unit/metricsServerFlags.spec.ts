import assert from "node:assert/strict";
import { containerArgs } from "../../components/metrics-server/deploymentSpec";
import { decisionOf, FLAGS, type FlagDecision } from "../../components/metrics-server/flags";
import { decidedRows, flagsPage, helpSections, rowsOf } from "../docs/flagsPage";
import { helpLacks, metricsServerHelp } from "../docs/metricsServerHelp";
import { skipIfLacking } from "../support/skip";
import { readJson, readText } from "./support/files";
import { DEPLOYMENT_SETTINGS } from "./support/fixtures";

const PAGE = "docs/metrics-server-flags.md";

/** The arguments of metrics-server in the articles that this package does better than. */
const IN_ARTICLES = [
    "cert-dir",
    "client-ca-file",
    "kubelet-certificate-authority",
    "kubelet-insecure-tls",
    "kubelet-preferred-address-types",
    "kubelet-use-node-status-port",
    "metric-resolution",
    "requestheader-client-ca-file",
    "secure-port",
    "tls-cert-file",
    "tls-private-key-file",
];

interface Schema {
    resources: Record<string, { inputProperties: Record<string, { $ref?: string }> }>;
    types: Record<string, { properties?: Record<string, unknown> }>;
}

describe("the table of metrics-server's flags", () => {
    describe("beside the program itself", () => {
        let help = "";
        before(async function () {
            skipIfLacking(this, helpLacks());
            help = await metricsServerHelp();
        });

        it("has every flag that --help lists, and no other", () => {
            const listed = helpSections(help).flatMap(({ flags }) => flags.map(({ name }) => name));
            assert.ok(listed.length > 100, `${listed.length} flags`);
            assert.deepEqual(Object.keys(FLAGS), listed);
        });

        it("is the page in docs, to the letter", () => {
            assert.ok(
                readText(PAGE) === flagsPage(help),
                `${PAGE} is out of date; next: npm run docs:flags`,
            );
        });
    });

    it("is what the page in docs says", () => {
        assert.deepEqual(rowsOf(readText(PAGE)), decidedRows());
    });

    it("has every argument that the articles give metrics-server", () => {
        for (const flag of IN_ARTICLES) {
            assert.ok(decisionOf(flag) !== undefined, flag);
        }
    });

    it("names arguments that there are", () => {
        const schema = readJson("schema.json") as Schema;
        const settings = schema.resources["secure-metrics-server:index:MetricsServer"];
        for (const [flag, decision] of Object.entries<FlagDecision>(FLAGS)) {
            if (!("argument" in decision)) continue;
            const [first = "", second] = decision.argument.split(".");
            const property = settings?.inputProperties[first];
            assert.ok(property, `${flag}: ${first}`);
            const type = schema.types[(property.$ref ?? "").replace("#/types/", "")];
            assert.ok(second === undefined || type?.properties?.[second], `${flag}: ${second}`);
        }
    });

    it("says of each flag that is rendered that the package sets it", () => {
        const set = containerArgs(DEPLOYMENT_SETTINGS).map(
            (argument) => /^--([a-z-]+)/.exec(argument as string)?.[1],
        );
        for (const [flag, decision] of Object.entries<FlagDecision>(FLAGS)) {
            if ("rendered" in decision) assert.ok(set.includes(flag), flag);
            if ("refused" in decision || "passed" in decision) assert.ok(!set.includes(flag), flag);
        }
    });
});

describe("the reader of --help", () => {
    it("finds sections, flags and defaults, on whatever line they stand", () => {
        const help = `Launch

Usage:
   [flags]

First flags:

      --one string      What it is. (default "a")
      --two strings     What it is.
                        Options are:
                        more (default [x,y])
  -l, --three           Whether. [default=false]
      --help-like       Says --four (default 4 or so) in the middle

Second flags:

  -v, --v Level         number
`;
        assert.deepEqual(helpSections(help), [
            {
                heading: "First",
                flags: [
                    { name: "one", preset: '"a"' },
                    { name: "two", preset: "x,y" },
                    { name: "three", preset: "false" },
                    { name: "help-like", preset: "" },
                ],
            },
            { heading: "Second", flags: [{ name: "v", preset: "" }] },
        ]);
    });
});
