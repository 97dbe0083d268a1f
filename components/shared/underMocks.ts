import * as pulumi from "@pulumi/pulumi";

/**
 * True in a user's unit tests with the mocks of the SDK, which know no hooks. What providers compute may be absent there:
 * mocks give back what a test put into them.
 */
export function underMocks(): boolean {
    const monitor = pulumi.runtime.getMonitor() as { registerResourceHook?: unknown } | undefined;
    return monitor !== undefined && typeof monitor.registerResourceHook !== "function";
}
