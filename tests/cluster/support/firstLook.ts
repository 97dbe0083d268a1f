import type { ResourceHookArgs } from "@pulumi/pulumi";
import { record } from "../../unit/support/mocks";

/**
 * What a program's first command says before it is created: the look at all nodes, which the engine asks a hook for. The
 * program, the logins and the hosts are real, nothing else of the program happens. `undefined` where there is nothing to say.
 */
export async function firstLook(program: () => unknown): Promise<string | undefined> {
    const { hooks } = await record(program);
    const [before] = [...hooks].filter(([name]) => name.endsWith("_beforeCreate_0"));
    if (before === undefined) {
        throw new Error("the program has no command with a hook");
    }
    const [name, look] = before;
    try {
        await look({} as ResourceHookArgs);
        return undefined;
    } catch (error) {
        return (error as Error).message;
    } finally {
        await hooks.get(name.replace("_beforeCreate_", "_afterCreate_"))?.({} as ResourceHookArgs);
    }
}
