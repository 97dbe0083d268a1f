import { decisionOf, PASSED, type FlagDecision } from "./flags";

/** What flags of other releases are called that switch a check off or let somebody else decide it. */
const WEAKENING = [
    /insecure/,
    /^authentication-/,
    /^authorization-/,
    /kubeconfig$/,
    /^requestheader-/,
    /^kubelet-client-/,
    /^deprecated-/,
    /^kubelet-certificate-authority-/,
    /^debug-/,
];

const WEAKENS = "it would switch off or weaken a check that this package exists for";

/** What is wrong with arguments that are passed to metrics-server as they are. */
export function extraArgumentProblems(extra: string[]): string[] {
    return extra.flatMap((argument) => {
        const problem = problemOf(argument);
        return problem === undefined ? [] : [`extraArgs has ${shown(argument)}; ${problem}`];
    });
}

/** An argument without the value in it, which may be a secret. */
function shown(argument: string): string {
    const [name = ""] = argument.split(/[=\s]/);
    return `"${name.slice(0, 64)}${name.length < argument.length ? "..." : ""}"`;
}

/**
 * What --node-selector selects, as metrics-server reads it: the last one counts. Undefined where nobody sets it, or where it
 * selects every node.
 */
export function nodeSelectorIn(extra: string[]): string | undefined {
    const values = extra
        .map((argument) => /^--?node[-_]selector=(.*)$/s.exec(argument)?.[1])
        .filter((value): value is string => value !== undefined);
    return values.at(-1) || undefined;
}

/** A flag's name in one spelling, as the flag parser and more would read it, and its value. */
function flagIn(argument: string): { name: string; value: string | undefined } | undefined {
    const match = /^--?([A-Za-z][-_A-Za-z0-9]*)(?:=(.*))?$/s.exec(argument);
    return match?.[1] === undefined
        ? undefined
        : { name: match[1].toLowerCase().replace(/_/g, "-"), value: match[2] };
}

function problemOf(argument: string): string | undefined {
    const flag = flagIn(argument);
    if (flag === undefined) {
        return "expected one flag with its value in one string, such as --v=2";
    }
    const decision = decisionOf(flag.name);
    if (decision !== undefined) {
        return problemWith(decision);
    }
    return WEAKENING.some((pattern) => pattern.test(flag.name))
        ? `${WEAKENS}; remove it`
        : `expected one of the flags that weaken nothing: ${PASSED.map((name) => `--${name}`).join(", ")}`;
}

function problemWith(decision: FlagDecision): string | undefined {
    if ("passed" in decision) {
        return undefined;
    }
    if ("argument" in decision) {
        return `the package sets this flag itself; use the argument ${decision.argument}`;
    }
    if ("rendered" in decision) {
        return "the package sets this flag itself, and it has no other value; remove it";
    }
    return decision.weakens === true
        ? `${WEAKENS}: ${decision.refused}; remove it`
        : `${decision.refused}; remove it`;
}
