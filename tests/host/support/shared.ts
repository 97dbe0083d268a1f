import { REPOSITORY } from "../../sdk/schema";
import { construct, ConstructError, type Construct, type Constructed } from "./construct";
import { startPlugin, type Plugin } from "./plugin";

let started: Promise<Plugin> | undefined;

/** One plugin for all specs, as one run of the engine has one for all components. */
export function plugin(): Promise<Plugin> {
    started ??= startPlugin(REPOSITORY);
    return started;
}

after(async () => {
    await (await started)?.stop();
});

/** What the plugin makes of a request. */
export async function made(asked: Construct): Promise<Constructed> {
    const running = await plugin();
    running.messages.splice(0);
    return construct(running, asked);
}

/** The error with which the plugin refuses a request, and what it told the user besides. */
export async function refused(
    asked: Construct,
): Promise<{ error: ConstructError; messages: string[] }> {
    const { messages } = await plugin();
    try {
        await made(asked);
    } catch (error) {
        if (error instanceof ConstructError) {
            return { error, messages: [...messages] };
        }
        throw error;
    }
    throw new Error(`${asked.component} was made, and it should not have been`);
}
