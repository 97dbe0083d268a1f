import assert from "node:assert/strict";
import { decoded, documents } from "../../examples/policy-pack/documents";
import { expanded } from "../../examples/policy-pack/environment";
import { search } from "../../examples/policy-pack/search";
import { isFalse, lastName } from "../../examples/policy-pack/settings";
import { insecureFlags } from "../../examples/policy-pack/rules";
import { onlyRefuses } from "../../examples/policy-pack/validating";

const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";

describe("the texts that the policy pack reads", () => {
    it("are documents when they are YAML or JSON, and plain texts otherwise", () => {
        assert.deepEqual(documents("a: 1\n---\nb: [x, 'y']\n"), [{ a: 1 }, { b: ["x", "y"] }]);
        assert.deepEqual(documents('{"a":"\\u002d"}'), [{ a: "-" }]);
        assert.deepEqual(documents('"quoted"'), ["quoted"]);
        assert.equal(documents("just a sentence"), undefined);
        assert.equal(documents("a: b: c"), undefined);
    });

    it("cost nothing when aliases blow them up or go round in circles, and are searched all the same", () => {
        const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
        for (let level = 1; level < 12; level++) {
            const inner = Array(10)
                .fill(`*a${level - 1}`)
                .join(", ");
            lines.push(`a${level}: &a${level} [${inner}]`);
        }
        for (const text of [lines.join("\n"), "&a\nx: *a"]) {
            assert.equal(documents(text), undefined);
            const data = { text: `${text}\nargs: [--kubelet-insecure-tls]` };
            assert.equal(insecureFlags(CONFIG_MAP, { data }).length, 1);
        }
    });

    it("are read in time that grows with their length only", () => {
        const data = {
            blank: " \n".repeat(200_000),
            quotes: "'".repeat(100_000),
            values: "value: true".repeat(20_000),
            letters: "a".repeat(400_000),
            dashes: "- ".repeat(50_000),
        };
        assert.deepEqual(insecureFlags(CONFIG_MAP, { data }), []);
    });

    it("come out of base64, with or without line breaks", () => {
        const text = "a flag and more of it, and more";
        const base64 = Buffer.from(text).toString("base64");
        assert.equal(decoded(base64), text);
        assert.equal(decoded(`${base64.slice(0, 20)}\n${base64.slice(20)}\n`), text);
        assert.equal(decoded("true"), undefined);
        assert.equal(decoded("not base64, at least not all of it!"), undefined);
    });

    it("get the variables of their container as Kubernetes does it", () => {
        const env = [
            { name: "A", value: "x" },
            { name: "B", value: "$(A)$(C)" },
            { name: "C", value: "y" },
        ];
        assert.deepEqual(expanded(["$(A)", "$(B)", "$$(A)", "$(D)", 1], { env }), [
            "x",
            "x$(C)",
            "$(A)",
            "$(D)",
            1,
        ]);
        assert.deepEqual(expanded({ a: "$(A)" }, { env }), { a: "$(A)" });
    });
});

describe("the search of the policy pack", () => {
    const paths = (type: string, props: Record<string, unknown>): string[] =>
        search(type, props).scalars.map(({ path }) => path.join("."));

    it("names the way to a value, through texts and lists", () => {
        assert.deepEqual(paths(CONFIG_MAP, { data: { "a.yaml": "b:\n- c: 1\n" } }), [
            "data.a.yaml.b.0.c",
        ]);
    });

    it("finds objects with their kinds, in lists and in texts", () => {
        const text =
            "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: apps/v1, kind: Deployment}\n";
        const { manifests } = search(CONFIG_MAP, { data: { text } });
        assert.deepEqual(
            manifests.map(({ kind }) => kind),
            ["core/ConfigMap", "core/List", "apps/Deployment"],
        );
        const [patch] = search("kubernetes:apps/v1:DeploymentPatch", {}).manifests;
        assert.equal(patch?.kind, "apps/Deployment");
    });

    it("finds a name and its value, but no test of one", () => {
        const { pairs } = search(CONFIG_MAP, {
            patches: [
                { op: "add", path: "/a/b", value: 1 },
                { op: "move", path: "/a/c", from: "/d" },
                { op: "test", path: "/a/b", value: 1 },
            ],
        });
        assert.deepEqual(
            pairs.map(({ path, value }) => [lastName(path), value]),
            [
                ["b", 1],
                ["c", "/d"],
            ],
        );
    });

    it("looks at nothing of other providers", () => {
        assert.deepEqual(paths("example:index:Thing", { a: "b" }), []);
    });
});

describe("the parts of a cluster's policy that can only refuse", () => {
    it("are those of rules that validate, not those that change or make objects", () => {
        const kyverno = "kyverno.io/ClusterPolicy";
        assert.ok(onlyRefuses(kyverno, ["spec", "rules", "0", "validate", "pattern"]));
        assert.ok(!onlyRefuses(kyverno, ["spec", "rules", "0", "mutate", "validate"]));
        assert.ok(!onlyRefuses(kyverno, ["spec", "rules"]));
        const mutating = "admissionregistration.k8s.io/MutatingAdmissionPolicy";
        assert.ok(onlyRefuses(mutating, ["spec", "matchConditions", "0"]));
        assert.ok(!onlyRefuses(mutating, ["spec", "mutations", "0"]));
        assert.ok(!onlyRefuses("apps/Deployment", ["spec", "rules", "0", "validate"]));
    });
});

describe("a false that leaves no doubt", () => {
    it("is the switch or the word, and nothing that only looks like it", () => {
        for (const value of [false, "false", " False "]) {
            assert.ok(isFalse(value));
        }
        for (const value of ["no", "off", "", 0, null, undefined, "{{ .x }}"]) {
            assert.ok(!isFalse(value), String(value));
        }
    });
});
