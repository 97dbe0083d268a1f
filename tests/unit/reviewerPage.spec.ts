import assert from "node:assert/strict";
import { EVENTS } from "../docs/events";
import { content, filled, places } from "../docs/page";
import { scrub } from "../docs/scrub";
import { readText } from "./support/files";

const PAGE = readText("docs/what-a-reviewer-sees.md");

describe("the page of what a reviewer sees", () => {
    it("has a place for every event, in the order in which they happen", () => {
        assert.deepEqual(
            places(PAGE),
            EVENTS.map(({ name }) => name),
        );
    });

    it("has headings for all of its links", () => {
        const headings = (PAGE.match(/^## .*/gm) ?? []).map((line) =>
            line
                .slice(3)
                .toLowerCase()
                .replaceAll(/[^a-z0-9 -]/g, "")
                .replaceAll(" ", "-"),
        );
        const links = [...PAGE.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor = ""]) => anchor);
        assert.ok(links.length >= 9);
        assert.deepEqual(
            links.filter((link) => !headings.includes(link)),
            [],
        );
    });

    it("keeps its text when a preview is written, and takes a second one in place of the first", () => {
        const page = "a\n<!-- preview: x -->\n<!-- end of preview -->\nb\n";
        const once = filled(page, "x", "first");
        assert.match(once, /^a\n[^]*first[^]*\nb\n$/);
        assert.equal(filled(once, "x", "second"), filled(page, "x", "second"));
        assert.match(content(once, "x"), /^```\nfirst\n```$/);
        assert.throws(() => filled(page, "y", ""), /no "<!-- preview: y -->"/);
    });
});

describe("a preview on a page", () => {
    it("has names for what varies", () => {
        const sha = "a1b101281a4ddcdfb2773de38af81631faa3de69028733d5dc84cc05542c3ff0";
        const cases: Record<string, string> = {
            "\u001b[1m+ name\u001b[0m": "+ name",
            "Resources:\n@ previewing update....\n    1 to create": "Resources:\n    1 to create",
            "x\n    [provider=urn:pulumi:a::b::c::9b205193-1eaf-4715-a606-bf0d43ce19d8]\ny": "x\ny",
            "[id=333652900161946007390704186418380525671]": "[id=<serial>]",
            "[id=metrics-preflightc7b6b41b]": "[id=metrics-preflight-<random>]",
            'secretName: "m-tls-3da773dd" => "m-tls-3b47f0fe"':
                'secretName: "m-tls-<random>" => "m-tls-<random>"',
            "--repair serverTLSBootstrap:absent@8c0bc4":
                "--repair serverTLSBootstrap:absent@<digest>",
            '"2026-11-22T03:08:52.419273466Z" => [unknown]': '"<time>" => [unknown]',
            [`CERTIFICATE_SHA256='${sha}'`]: "CERTIFICATE_SHA256='<sha256>'",
            'p: "-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\\n"':
                'p: "-----BEGIN CERTIFICATE-----…-----END CERTIFICATE-----\\n"',
            'p: "-----BEGIN CERTIFICATE-----\\nMIIB..."': 'p: "-----BEGIN CERTIFICATE-----…..."',
        };
        for (const [output, shown] of Object.entries(cases)) {
            assert.equal(scrub(output, {}), shown);
        }
    });

    it("has names for what belongs to the machine, the longer first", () => {
        const known = { "198.51.100.1": "10.0.0.11", "198.51.100.12": "10.0.0.12" };
        assert.equal(scrub("198.51.100.12 198.51.100.1", known), "10.0.0.12 10.0.0.11");
    });

    it("is refused when it still has a key, a folder of the machine or an address", () => {
        assert.throws(() => scrub("-----BEGIN PRIVATE KEY-----", {}), /PRIVATE KEY/);
        assert.throws(() => scrub("in /tmp/sms-x/program", {}), /tmp/);
        assert.throws(() => scrub("node", { no: "no" }), /is still in/);
    });
});
