import * as pulumi from "@pulumi/pulumi";

/**
 * True in a user's unit tests with the mocks of the SDK, which know no hooks. What providers compute may be absent there:
 * mocks give back what a test put into them.
 */
export function underMocks(): boolean {
    return pulumi.runtime.getMonitor() !== undefined && !engineHasHooks();
}

/** False under the mocks of a user's unit tests, which know no hooks; there is no node to wait for, either. */
export function engineHasHooks(): boolean {
    const monitor = pulumi.runtime.getMonitor() as { registerResourceHook?: unknown } | undefined;
    return typeof monitor?.registerResourceHook === "function";
}
