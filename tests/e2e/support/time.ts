import type { TestStack } from "./stack";

interface Deployment {
    resources?: { urn: string; outputs?: Record<string, unknown> }[];
}

/**
 * Moves a certificate's end, as the state has it, to ten minutes from now. That is what the provider compares with the clock,
 * so the certificate is inside its renewal window; the real one stays valid.
 */
export async function letTimePass(stack: TestStack, name: string): Promise<void> {
    const exported = await stack.stack.exportStack();
    const deployment = exported.deployment as Deployment;
    const resource = deployment.resources?.find(({ urn }) => urn.endsWith(`::${name}`));
    if (resource?.outputs === undefined) {
        throw new Error(`the state has no ${name}`);
    }
    resource.outputs["validityEndTime"] = new Date(Date.now() + 600_000).toISOString();
    await stack.stack.importStack(exported);
}
