import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeInShells, type Cases } from "./support/parallel";
import { sharedFunctions, startShell, type Run, type ShellName } from "./support/shells";

const HEAD = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

/** Runs shell code behind common.sh, with the text in the file "in"; what it wrote is in "out". */
async function inCommon(
    shell: ShellName,
    text: string,
    code: string,
): Promise<{ run: Run; out?: string }> {
    const root = mkdtempSync(join(tmpdir(), "common-"));
    try {
        mkdirSync(join(root, "run"));
        writeFileSync(join(root, "in"), text);
        const script = `${sharedFunctions({ ROOT: root, NODE_NAME: "w1" })}main() {\nset -euf\nprepare\nmake_work_directory\n${code}\n}\nmain\n`;
        const run = await startShell(shell, script, [], { PATH: process.env["PATH"] }).done;
        let out: string | undefined;
        try {
            out = readFileSync(join(root, "out"), "utf8");
        } catch {
            out = undefined;
        }
        return { run, ...(out === undefined ? {} : { out }) };
    } finally {
        rmSync(root, { recursive: true });
    }
}

function edits(value: string, before: string, after: string): Cases[string] {
    return async (shell) => {
        const { run, out } = await inCommon(
            shell,
            before,
            `edit_yaml "$ROOT/in" serverTLSBootstrap ${value} "$ROOT/out"`,
        );
        assert.equal(run.code, 0, run.output);
        assert.equal(out, after);
    };
}

function inspects(text: string, answer: string | RegExp, word = "effective"): Cases[string] {
    return async (shell) => {
        const { run } = await inCommon(
            shell,
            text,
            `inspect_yaml "$ROOT/in" serverTLSBootstrap ${word}`,
        );
        assert.equal(run.code, 0, run.output);
        if (typeof answer === "string") assert.equal(run.output, `${answer}\n`);
        else assert.match(run.output, answer);
    };
}

describeInShells("editing one key", {
    "appends a key that is absent": edits(
        "true",
        `${HEAD}a: 1\n`,
        `${HEAD}a: 1\nserverTLSBootstrap: true\n`,
    ),
    "changes false in its place": edits(
        "true",
        `serverTLSBootstrap: false\n${HEAD}`,
        `serverTLSBootstrap: true\n${HEAD}`,
    ),
    "leaves a file that has it byte for byte": edits(
        "true",
        `${HEAD}serverTLSBootstrap: true\n`,
        `${HEAD}serverTLSBootstrap: true\n`,
    ),
    "keeps a comment behind the value": edits(
        "true",
        "serverTLSBootstrap: false  # why\n",
        "serverTLSBootstrap: true  # why\n",
    ),
    "takes a commented key for a comment": edits(
        "true",
        "# serverTLSBootstrap: false\n",
        "# serverTLSBootstrap: false\nserverTLSBootstrap: true\n",
    ),
    "takes a nested look-alike for something else": edits(
        "true",
        "a:\n  serverTLSBootstrap: false\n",
        "a:\n  serverTLSBootstrap: false\nserverTLSBootstrap: true\n",
    ),
    "takes a longer key for another": edits(
        "true",
        "serverTLSBootstrapX: 1\n",
        "serverTLSBootstrapX: 1\nserverTLSBootstrap: true\n",
    ),
    "keeps a missing final newline missing": edits(
        "true",
        `${HEAD}a: 1`,
        `${HEAD}a: 1\nserverTLSBootstrap: true`,
    ),
    "keeps it missing when the key is the last line": edits(
        "true",
        "serverTLSBootstrap: false",
        "serverTLSBootstrap: true",
    ),
    "keeps empty lines at the end": edits(
        "true",
        "serverTLSBootstrap: false\n\n\n",
        "serverTLSBootstrap: true\n\n\n",
    ),
    "keeps percent signs, backslashes and umlauts": edits(
        "true",
        "a: '%s \\n %d ä€'\n",
        "a: '%s \\n %d ä€'\nserverTLSBootstrap: true\n",
    ),
    "removes the key": edits("absent", `${HEAD}serverTLSBootstrap: true\na: 1\n`, `${HEAD}a: 1\n`),
    "removes what it appended without a trace": edits(
        "absent",
        `${HEAD}a: 1\nserverTLSBootstrap: true`,
        `${HEAD}a: 1`,
    ),
});

describeInShells("reading a configuration", {
    "finds an absent key": inspects(HEAD, "value absent"),
    "finds false": inspects(`${HEAD}serverTLSBootstrap: false # no\n`, "value false"),
    "finds true": inspects(`${HEAD}serverTLSBootstrap: true\n`, "value true"),
    "finds YAML's other spelling of true": inspects(
        `${HEAD}serverTLSBootstrap: True\n`,
        "value true",
    ),
    "finds an empty value": inspects(`${HEAD}serverTLSBootstrap:\na: 1\n`, "value null"),
    "accepts comments, lists and nested keys": inspects(
        `# c\n---\n${HEAD}clusterDNS:\n- 10.96.0.10\na:\n  b:\n    - c\n`,
        "value absent",
    ),
    "accepts an empty tlsCertFile": inspects(`${HEAD}tlsCertFile: ""\n`, "value absent"),
    "accepts another feature gate": inspects(
        `${HEAD}featureGates:\n  Other: false\n`,
        "value absent",
    ),
    "refuses an empty file": inspects("", "refused an empty file"),
    "refuses a file of comments": inspects("# a\n\n", "refused an empty file"),
    "refuses JSON": inspects(
        '{"kind": "KubeletConfiguration"}\n',
        /^refused JSON or a flow mapping/,
    ),
    "refuses CRLF": inspects(
        HEAD.replaceAll("\n", "\r\n"),
        /^refused a carriage return .* in line 1/,
    ),
    "refuses a byte order mark": inspects(`\uFEFF${HEAD}`, "refused a byte order mark"),
    "refuses a second document": inspects(
        `${HEAD}---\na: 1\n`,
        /^refused a second document .* in line 3/,
    ),
    "refuses an end of document": inspects(`${HEAD}...\n`, /^refused an end of document/),
    "refuses a tab as indentation": inspects(
        `${HEAD}a:\n\tb: 1\n`,
        /^refused a tab as indentation in line 4/,
    ),
    "refuses another kind": inspects(
        "kind: ClusterConfiguration\n",
        "refused no top-level kind: KubeletConfiguration",
    ),
    "refuses a kind that is only nested": inspects(
        "a:\n  kind: KubeletConfiguration\n",
        "refused no top-level kind: KubeletConfiguration",
    ),
    "refuses a quoted key": inspects(
        `${HEAD}"serverTLSBootstrap": false\n`,
        /^refused a quoted, odd or unexpected/,
    ),
    "refuses a space before the colon": inspects(
        `${HEAD}serverTLSBootstrap : false\n`,
        /^refused a quoted, odd or unexpected/,
    ),
    "refuses a complex key": inspects(
        `${HEAD}? serverTLSBootstrap\n: false\n`,
        /^refused a quoted, odd or unexpected/,
    ),
    "refuses a merge key": inspects(`${HEAD}<<: *a\n`, /^refused a quoted, odd or unexpected/),
    "refuses an indented top level": inspects(
        " kind: KubeletConfiguration\n",
        /^refused an indented top level/,
    ),
    "refuses a duplicated key": inspects(
        `${HEAD}serverTLSBootstrap: false\nserverTLSBootstrap: true\n`,
        "refused the key serverTLSBootstrap a second time in line 4",
    ),
    "refuses another duplicated key": inspects(
        `${HEAD}a: 1\na: 1\n`,
        "refused the key a a second time in line 4",
    ),
    "refuses a string": inspects(
        `${HEAD}serverTLSBootstrap: "true"\n`,
        /that is not a boolean in line 3/,
    ),
    "refuses another type": inspects(
        `${HEAD}serverTLSBootstrap: maybe\n`,
        /that is not a boolean in line 3/,
    ),
    "refuses a value on the next line": inspects(
        `${HEAD}serverTLSBootstrap:\n  true\n`,
        /that is not a boolean in line 4/,
    ),
    "refuses a flow mapping that spans lines": inspects(
        `${HEAD}a: {\nserverTLSBootstrap: true }\n`,
        /^refused a value of a that spans lines/,
    ),
    "refuses a string that spans lines": inspects(
        `${HEAD}a: 'x\nserverTLSBootstrap: true\nb: y'\n`,
        /^refused a value of a that spans lines/,
    ),
    "refuses tlsCertFile": inspects(
        `${HEAD}tlsCertFile: /etc/kubelet.crt\n`,
        /^refused tlsCertFile, which overrides/,
    ),
    "refuses tlsPrivateKeyFile": inspects(
        `${HEAD}tlsPrivateKeyFile: "/etc/kubelet.key"\n`,
        /^refused tlsPrivateKeyFile, which overrides/,
    ),
    "refuses the feature gate that is off": inspects(
        `${HEAD}featureGates:\n  RotateKubeletServerCertificate: false\n`,
        /^refused the feature gate/,
    ),
    "refuses it in a flow mapping": inspects(
        `${HEAD}featureGates: {A: true, "RotateKubeletServerCertificate": false}\n`,
        /^refused the feature gate/,
    ),
    "does not mind an override when it only undoes": inspects(
        `${HEAD}tlsCertFile: /a\n`,
        "value absent",
        "",
    ),
});

const EVERYTHING = [
    ...Array.from({ length: 31 }, (_, i) => String.fromCharCode(i + 1)),
    " !\"#$%&'()*+,-./\\ \\n %s \u007f äöü € 𝄞 \u0085\u2028\n\n\t",
].join("");

describeInShells("printing JSON", {
    ...Object.fromEntries(
        Object.entries({
            "keeps every character": EVERYTHING,
            "keeps a missing final newline": "a: 1\nb",
            "keeps several final newlines": "a\n\n\n",
            "keeps nothing": "",
            "keeps a lone newline": "\n",
        }).map(([sentence, text]): [string, Cases[string]] => [
            sentence,
            async (shell) => {
                const { run, out } = await inCommon(
                    shell,
                    text,
                    'json_file "$ROOT/in" >"$ROOT/out"',
                );
                assert.equal(run.code, 0, run.output);
                assert.equal(JSON.parse(out ?? ""), text);
                assert.match(out ?? "", /^[^\n]*$/);
            },
        ]),
    ),
});

describeInShells("comparing names", {
    "writes every spelling of an address as RFC 5952 says": async (shell) => {
        const spellings = {
            "FD00:0:0:0:0:0:0:5": "fd00::5",
            fe80000000000000021122fffe334455: "fe80::211:22ff:fe33:4455",
            "2001:db8::1:0:0:1": "2001:db8::1:0:0:1",
            "2001:DB8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
            "2001:0db8:0000:0000:0001::": "2001:db8:0:0:1::",
            "0:0:0:0:0:0:0:1": "::1",
            "::": "::",
            "10.0.0.12": "10.0.0.12",
            "W1.Example.COM": "w1.example.com",
        };
        const { out } = await inCommon(
            shell,
            Object.keys(spellings).join("\n"),
            'canonical_names <"$ROOT/in" >"$ROOT/out"',
        );
        assert.deepEqual(out?.trimEnd().split("\n"), Object.values(spellings));
    },
});
