import type { ResourceEvent } from "../support/timeline";

/** A run that has ended well. */
export interface Ran {
    /** What was done, or would be: a word and a name. */
    changes: string[];
    events: ResourceEvent[];
}

/** What runs the example: Pulumi, or the substitute for it. A run that fails throws. */
export interface DemoEngine {
    /** Shows what `up` would do. */
    preview(): Promise<Ran>;
    up(): Promise<Ran>;
    /** What in the cluster is not what was registered any more, as far as this engine can tell. */
    drift(): Promise<string[]>;
    /** Takes everything back. */
    destroy(): Promise<void>;
}

/** Previews look at the nodes, and `destroy` puts them back. */
export const SETTINGS = { onRemove: "revert", driftDetection: true };
