import * as harness from "../../cluster/harness";
import { skipIfLacking } from "../../support/skip";
import { engineRequirements } from "./engine";
import type { TestStack } from "./stack";

/** The shared cluster, for a `before` hook: brings it up, or skips the suite with the reason. */
export async function clusterOrSkip(test: Mocha.Context): Promise<harness.Cluster> {
    skipIfLacking(test, [...engineRequirements(), ...harness.requirements()]);
    return harness.up();
}

/**
 * For an `after` hook: forgets the stack and brings the cluster back to its first minute, which is quicker than to take
 * everything back, and works whatever a test has left. That `destroy` leaves nothing is for tests to show.
 */
export async function backToStock(cluster: harness.Cluster, stack: TestStack): Promise<void> {
    stack.remove();
    await cluster.restore();
}
