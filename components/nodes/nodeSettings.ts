import type * as pulumi from "@pulumi/pulumi";
import { CsrApprovalMode, OnRemove } from "./nodeArgs";
import type { NodesArgs } from "./nodesArgs";

/** Seconds that a node waits for its certificate, where nobody says otherwise. */
export const DEFAULT_APPROVAL_SECONDS = 300;

/** Who approves, and how long is waited for it, with defaults filled in. */
export interface Approval {
    mode: CsrApprovalMode;
    /** Seconds between two looks of the approver. */
    interval: number;
    /** Seconds until a node gives its certificate up. */
    timeout: number;
    controllerImage: pulumi.Input<string> | undefined;
}

export function approvalOf({ csrApproval }: Pick<NodesArgs, "csrApproval">): Approval {
    return {
        mode: csrApproval?.mode ?? CsrApprovalMode.ControlPlane,
        interval: csrApproval?.intervalSeconds ?? 60,
        timeout: csrApproval?.timeoutSeconds ?? DEFAULT_APPROVAL_SECONDS,
        controllerImage: csrApproval?.controllerImage,
    };
}

/** How nodes are changed, and what happens to one that leaves, with defaults filled in. */
export interface Rollout {
    maxUnavailable: number;
    onRemove: OnRemove;
    detectDrift: boolean;
}

export function rolloutOf(
    args: Pick<NodesArgs, "maxUnavailable" | "onRemove" | "driftDetection">,
): Rollout {
    return {
        maxUnavailable: args.maxUnavailable ?? 1,
        onRemove: args.onRemove ?? OnRemove.Retain,
        detectDrift: args.driftDetection ?? false,
    };
}

/** Everything that is wrong with the arguments beside `nodes`. */
export function settingProblems(args: NodesArgs): string[] {
    const { maxUnavailable, onRemove, csrApproval } = args;
    const seconds = [
        ...wholeNumber("csrApproval.intervalSeconds", csrApproval?.intervalSeconds, 10, 3600),
        ...wholeNumber("csrApproval.timeoutSeconds", csrApproval?.timeoutSeconds, 30, 3600),
    ];
    return [
        ...wholeNumber("maxUnavailable", maxUnavailable, 1, 1000),
        ...(seconds.length > 0 ? seconds : patience(args)),
        ...oneOf("onRemove", onRemove, Object.values(OnRemove)),
        ...oneOf("csrApproval.mode", csrApproval?.mode, Object.values(CsrApprovalMode)),
    ];
}

/** A node that asks on its own waits for the approver's next look, and gives up after its time-out. */
function patience(args: NodesArgs): string[] {
    const { mode, interval, timeout } = approvalOf(args);
    return mode === CsrApprovalMode.ControlPlane && interval >= timeout
        ? [
              `csrApproval.intervalSeconds is ${interval}; expected less than timeoutSeconds, which is ${timeout}`,
          ]
        : [];
}

function wholeNumber(at: string, value: number | undefined, low: number, high: number): string[] {
    return value === undefined || (Number.isInteger(value) && value >= low && value <= high)
        ? []
        : [`${at} is ${value}; expected a whole number from ${low} to ${high}`];
}

function oneOf(at: string, value: string | undefined, allowed: string[]): string[] {
    return value === undefined || allowed.includes(value)
        ? []
        : [`${at} is "${value}"; expected ${allowed.join(", ")}`];
}
