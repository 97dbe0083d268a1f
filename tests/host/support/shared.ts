import { REPOSITORY } from "../../sdk/schema";
import { construct, ConstructError, type Construct, type Constructed } from "./construct";
import { startPlugin, type Plugin } from "./plugin";

let started: Promise<Plugin> | undefined;

/** One plugin for all specs, as one run of the engine has one for all components. */
export function plugin(): Promise<Plugin> {
    started ??= startPlugin(REPOSITORY);
    return started;
}

beforeEach(async () => {
    (await started)?.messages.splice(0);
});

after(async () => {
    await (await started)?.stop();
});

/** What the plugin makes of a request. */
export async function made(asked: Construct): Promise<Constructed> {
    return construct(await plugin(), asked);
}

/** The error with which the plugin refuses a request. */
export async function refused(asked: Construct): Promise<ConstructError> {
    try {
        await made(asked);
    } catch (error) {
        if (error instanceof ConstructError) {
            return error;
        }
        throw error;
    }
    throw new Error(`${asked.component} was made, and it should not have been`);
}

/** What the plugin told the user, in warnings and errors, since the test began. */
export async function messages(): Promise<string[]> {
    return (await plugin()).messages;
}
