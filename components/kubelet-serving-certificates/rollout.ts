import { NodeRole } from "../nodes/nodeArgs";
import type { InventoryNode } from "../nodes/parseNodes";

/** A node as far as the order of the roll-out is concerned. */
type RolloutNode = Pick<InventoryNode, "name" | "role">;

/** A node and the names of the nodes that must be done before it. */
export interface RolloutStep {
    name: string;
    after: string[];
}

/**
 * The order in which nodes are changed. One worker goes first (the canary), then the other workers in `maxUnavailable`
 * lanes, then the control planes one at a time. A step waits for its predecessor only, so a failure stops all lanes by
 * default, and only its own with `pulumi up --continue-on-error`.
 */
export function rolloutSteps(nodes: RolloutNode[], maxUnavailable: number): RolloutStep[] {
    const workers = namesOf(nodes, NodeRole.Worker);
    const controlPlanes = namesOf(nodes, NodeRole.ControlPlane);
    const [canary, ...rest] = workers;
    const lanes = rest.map((name, index) => ({
        name,
        after: compact([rest[index - maxUnavailable] ?? canary]),
    }));
    const lastOfLanes = rest.length === 0 ? compact([canary]) : rest.slice(-maxUnavailable);
    const serial = controlPlanes.map((name, index) => ({
        name,
        after: index === 0 ? lastOfLanes : compact([controlPlanes[index - 1]]),
    }));
    return [...compact([canary]).map((name) => ({ name, after: [] })), ...lanes, ...serial];
}

/** The steps that no other one waits for: when they are done, all are. */
export function lastSteps(steps: RolloutStep[]): RolloutStep[] {
    const awaited = new Set(steps.flatMap(({ after }) => after));
    return steps.filter(({ name }) => !awaited.has(name));
}

function namesOf(nodes: RolloutNode[], role: NodeRole): string[] {
    return nodes
        .filter((node) => node.role === role)
        .map((node) => node.name)
        .sort();
}

function compact(names: (string | undefined)[]): string[] {
    return names.filter((name) => name !== undefined);
}
