import * as harness from "../../cluster/harness";
import { engineRequirements } from "./engine";

/** A tier that cannot run says why and counts as skipped, never as passed. */
export function missing(): string[] {
    return [...engineRequirements(), ...harness.requirements()];
}

/** The shared cluster, for a `before` hook: brings it up, or skips the suite with the reason. */
export async function clusterOrSkip(test: Mocha.Context): Promise<harness.Cluster> {
    const lacks = missing();
    if (lacks.length > 0) {
        console.log(`    skipped: ${lacks.join("; ")}`);
        test.skip();
    }
    return harness.up();
}
