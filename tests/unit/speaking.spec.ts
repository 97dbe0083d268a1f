import assert from "node:assert/strict";
import { lintOf } from "./support/lint";

/** What the lint rule about speaking says of a program that a file might have. */
async function said(file: string, program: string): Promise<string[]> {
    return (await lintOf(file, program))
        .filter(({ ruleId }) => ruleId?.startsWith("no-restricted-") || ruleId === "no-console")
        .map(({ message }) => message);
}

const IMPORT = 'import * as pulumi from "@pulumi/pulumi";\n';

describe("what is said to whoever runs pulumi", function () {
    this.timeout(60_000);

    for (const file of ["components/ssh/nodeCommand.ts", "plugin/packageProvider.ts"]) {
        for (const program of [
            `${IMPORT}void pulumi.log.warn("x");\n`,
            `${IMPORT}const { log } = pulumi;\nvoid log.warn("x");\n`,
            'import { log } from "@pulumi/pulumi";\nvoid log.warn("x");\n',
            'import * as log from "@pulumi/pulumi/log";\nvoid log.warn("x");\n',
            'console.log("x");\n',
        ]) {
            it(`goes through shared/log.ts: lint refuses ${JSON.stringify(program)} in ${file}`, async () => {
                assert.notDeepEqual(await said(file, program), []);
            });
        }
    }

    it("may be anything else of the SDK", async () => {
        const program = `${IMPORT}import { output } from "@pulumi/pulumi";\nvoid pulumi.all([output(1)]);\n`;
        assert.deepEqual(await said("components/ssh/nodeCommand.ts", program), []);
    });

    it("is said by shared/log.ts", async () => {
        const program = `${IMPORT}void pulumi.log.warn("x");\n`;
        assert.deepEqual(await said("components/shared/log.ts", program), []);
    });
});
