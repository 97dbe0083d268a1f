import * as pulumi from "@pulumi/pulumi";
import { inert } from "./foreignText";

// The only place that speaks to whoever runs `pulumi`: every line passes one net.

/** Warns. Never from a hook with its own resource, whose URN is not known before the hook has ended. */
export function warn(line: string, resource?: pulumi.Resource): Promise<void> {
    return pulumi.log.warn(inert(line), resource);
}

/** Warns of what will be said again in the next run, so the CLI shows it and does not keep it. */
export function warnInPassing(line: string, resource?: pulumi.Resource): Promise<void> {
    return pulumi.log.warn(inert(line), resource, undefined, true);
}

/** Tells what was done, while it is done. */
export function tell(line: string): Promise<void> {
    return pulumi.log.info(inert(line), undefined, undefined, true);
}
