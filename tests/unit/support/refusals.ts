import assert from "node:assert/strict";
import { InvalidArgumentsError } from "../../../components/shared/invalidArguments";
import { record } from "./mocks";

/** What a program is told before anything is registered; nothing when its arguments are taken and something is. */
export async function told(program: () => unknown): Promise<string> {
    let message = "";
    const { resources } = await record(() => {
        try {
            program();
        } catch (error) {
            assert.ok(error instanceof InvalidArgumentsError, String(error));
            message = error.message;
        }
    });
    assert.equal(resources.length === 0, message !== "");
    return message;
}

/** The same of a program that has to be refused. */
export async function refusal(program: () => unknown): Promise<string> {
    const message = await told(program);
    assert.notEqual(message, "");
    return message;
}
