import * as harness from "../../cluster/harness";
import { skipIfLacking } from "../../support/skip";
import { engineRequirements } from "./engine";

/** The shared cluster, for a `before` hook: brings it up, or skips the suite with the reason. */
export async function clusterOrSkip(test: Mocha.Context): Promise<harness.Cluster> {
    skipIfLacking(test, [...engineRequirements(), ...harness.requirements()]);
    return harness.up();
}
