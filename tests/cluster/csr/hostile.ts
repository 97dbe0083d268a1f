import { hostileEncoding } from "./hostileEncoding";
import { hostileNames, hostileSubjects } from "./hostileNames";
import { hostilePem } from "./hostilePem";
import { hostileSignatures, hostileSpecs } from "./hostileSpec";
import type { HostileRequest, World } from "./world";

/**
 * All that a stolen node credential might submit. Each request is perfect but for the one thing that its name tells, so
 * that none is refused for a side reason.
 */
export function hostileRequests(world: World): HostileRequest[] {
    return [
        ...hostilePem(world),
        ...hostileEncoding(world),
        ...hostileNames(world),
        ...hostileSubjects(world),
        ...hostileSignatures(world),
        ...hostileSpecs(world),
    ];
}
