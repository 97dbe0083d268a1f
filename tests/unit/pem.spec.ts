import assert from "node:assert/strict";
import { base64, joinPem, pemBlocks } from "../../components/shared/pem";
import { KUBELET_CA, SERVING, SERVING_CA, SERVING_KEY } from "./support/certificates";

describe("pemBlocks", () => {
    it("takes a text apart, block by block, and says what each one is", () => {
        const { blocks, problem } = pemBlocks(SERVING_KEY + SERVING + SERVING_CA);
        assert.equal(problem, undefined);
        assert.deepEqual(
            blocks.map(({ label, text }) => [label, text]),
            [
                ["PRIVATE KEY", SERVING_KEY],
                ["CERTIFICATE", SERVING],
                ["CERTIFICATE", SERVING_CA],
            ],
        );
    });

    it("takes comments between blocks, Windows line ends and spaces at the end of a line", () => {
        const text = `subject=CN = a\n${SERVING}\nissuer=CN = b\n${SERVING_CA.replaceAll("\n", " \r\n")}`;
        const { blocks, problem } = pemBlocks(text);
        assert.equal(problem, undefined);
        assert.deepEqual(
            blocks.map((block) => block.text),
            [SERVING, SERVING_CA],
        );
    });

    it("finds no block in a text that has none", () => {
        assert.deepEqual(pemBlocks(""), { blocks: [] });
        assert.deepEqual(pemBlocks("/etc/kubernetes/pki/ca.crt"), { blocks: [] });
    });

    const cut = SERVING_CA.split("\n").slice(0, 3).join("\n") + "\n";
    const damaged: Record<string, [string, string]> = {
        "text between BEGIN and END": [
            SERVING + SERVING_CA.replace("CERTIFICATE-----\n", "CERTIFICATE-----\na-secret!\n"),
            "block 2 (CERTIFICATE) has something else than base64 between BEGIN and END",
        ],
        "headers of an encrypted key": [
            SERVING_KEY.replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n\n"),
            "block 1 (PRIVATE KEY) has something else than base64 between BEGIN and END",
        ],
        "nothing between BEGIN and END": [
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
            "block 1 (CERTIFICATE) has something else than base64 between BEGIN and END",
        ],
        "a block that was cut off": [SERVING + cut, "block 2 begins as CERTIFICATE and has no END"],
        "a block that was cut off before another one": [
            cut + SERVING,
            "block 1 begins as CERTIFICATE and has no END",
        ],
        "an END of something else": [
            SERVING.replace("END CERTIFICATE", "END PRIVATE KEY"),
            "block 1 begins as CERTIFICATE and has no END",
        ],
        "an END without its BEGIN": [
            `${SERVING}-----END CERTIFICATE-----\n`,
            "block 2 has an END and no BEGIN",
        ],
        "two blocks that lost a line break": [
            SERVING.trim() + SERVING_CA,
            "block 1 has a BEGIN or END that does not stand on a line of its own",
        ],
        "a bundle on one line": [
            SERVING.replaceAll("\n", " "),
            "block 1 has a BEGIN or END that does not stand on a line of its own",
        ],
    };
    for (const [what, [text, problem]] of Object.entries(damaged)) {
        it(`refuses ${what}, and names the block`, () => {
            assert.equal(pemBlocks(text).problem, problem);
        });
    }
});

describe("joinPem and base64", () => {
    it("put one line break behind each block", () => {
        assert.equal(joinPem([SERVING.trim(), `${SERVING_CA}\n\n`]), SERVING + SERVING_CA);
        assert.equal(base64(KUBELET_CA), Buffer.from(KUBELET_CA).toString("base64"));
    });

    it("make nothing of what a user's mocks do not have", () => {
        assert.equal(joinPem([undefined, undefined]), "");
        assert.equal(base64(undefined), "");
    });
});
