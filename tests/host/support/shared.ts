import { REPOSITORY } from "../../sdk/schema";
import {
    closeMonitors,
    construct,
    ConstructError,
    type Construct,
    type Constructed,
} from "./construct";
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
    closeMonitors();
});

/** What the plugin said of the request before, if it refused that. */
let before = "";
/** How often the plugin may say it again. */
const TIMES = 5;

/**
 * What the plugin makes of a request. What it still has to say of one that it refused goes to the next, as the SDK has it; an engine
 * would have ended by then, and asks nothing more.
 */
export async function made(asked: Construct): Promise<Constructed> {
    for (let again = TIMES; ; again--) {
        try {
            const all = await construct(await plugin(), asked);
            before = "";
            return all;
        } catch (error) {
            const { message } = error as Error;
            if (message !== before || again === 0) {
                before = message;
                throw error;
            }
        }
    }
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
