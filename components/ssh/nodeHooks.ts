import * as pulumi from "@pulumi/pulumi";

/** What has to be done before a command runs; `isNew` before it is created, not before it is updated. */
export type BeforeCommand = (isNew: boolean) => Promise<void>;

/** One hook and what it does for each command, by the command's name. */
interface Shared {
    hook: pulumi.ResourceHook;
    commands: Map<string, BeforeCommand>;
}

const ofComponents = new WeakMap<pulumi.Resource, Shared>();

/**
 * Binds to one command of a component what has to be done before it runs. All commands of a component share one hook, which
 * finds its command by name: the state has the names of its hooks with each command, and each hook is one more call to the
 * engine.
 */
export function hookBefore(
    component: pulumi.Resource,
    hookName: string,
    command: string,
    before: BeforeCommand,
): pulumi.ResourceHookBinding {
    const shared = ofComponents.get(component) ?? newHook(hookName);
    ofComponents.set(component, shared);
    shared.commands.set(command, before);
    return { beforeCreate: [shared.hook], beforeUpdate: [shared.hook] };
}

function newHook(hookName: string): Shared {
    const commands = new Map<string, BeforeCommand>();
    const hook = new pulumi.ResourceHook(hookName, async ({ name, oldInputs }) => {
        await commands.get(name)?.(oldInputs === undefined);
    });
    return { hook, commands };
}
