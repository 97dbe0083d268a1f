import { isSha256, isTime } from "../shared/facts";
import { quoteForeign } from "../shared/foreignText";
import { isObject, lastJsonLine } from "../ssh/lastJsonLine";

/** What the node script did on one node, and what the kubelet serves since. */
export interface NodeResult {
    /** True when the node's kubelet configuration was changed by the run that is recorded in the state. */
    changed: boolean;
    /** True when that run restarted the kubelet. */
    restarted: boolean;
    /** When the kubelet's serving certificate expires, RFC 3339. A rotation replaces it before that. */
    notAfter: string;
    /** SHA-256 fingerprint of the served certificate, in hex. */
    certificateSha256: string;
}

/** A result, and what is wrong with what the node said: sentences that name it. */
export interface ReadResult {
    result: NodeResult;
    problems: string[];
}

/**
 * The result of one node from what its script printed. It never fails: what was printed lies in the state, so every later
 * run would fail on it, too. What is no fact is left out and is a problem.
 */
export function nodeResult(node: string, stdout: string | undefined): ReadResult {
    const problems: string[] = [];
    const said = answerIn(stdout, (problem) => problems.push(problem));
    const certificate = isObject(said["certificate"]) ? said["certificate"] : {};
    const fact = <T>(
        name: string,
        value: unknown,
        none: T,
        expected: string,
        is: Grammar<T>,
    ): T => {
        if (value === undefined) return none;
        if (is(value)) return value;
        problems.push(`${name} is ${shown(value)}; expected ${expected}`);
        return none;
    };
    const { changed, restarted } = said;
    const { notAfter, sha256 } = certificate;
    const result = {
        changed: fact("changed", changed, false, "true or false", isBoolean),
        restarted: fact("restarted", restarted, false, "true or false", isBoolean),
        notAfter: fact("notAfter", notAfter, "", "a time as RFC 3339 has it", isTime),
        certificateSha256: fact("sha256", sha256, "", "64 hexadecimal digits", isSha256),
    };
    return { result, problems: problems.map((problem) => sentence(node, problem)) };
}

/** What a node stated, quoted. What is nested a thousandfold cannot be written as JSON again, so only its kind is told. */
function shown(value: unknown): string {
    if (Array.isArray(value)) return "a list";
    return isObject(value) ? "an object" : quoteForeign(JSON.stringify(value));
}

type Grammar<T> = (value: unknown) => value is T;

function isBoolean(value: unknown): value is boolean {
    return typeof value === "boolean";
}

/** Nothing under the mocks of a user's unit tests, where no command prints anything. */
function answerIn(
    stdout: string | undefined,
    report: (problem: string) => unknown,
): Record<string, unknown> {
    if (stdout === undefined) return {};
    try {
        return lastJsonLine(stdout);
    } catch (error) {
        report(`${(error as Error).message}; expected the script's result`);
        return {};
    }
}

function sentence(node: string, problem: string): string {
    return (
        `node ${node}: ${problem}; it is left out of the outputs; next: see on its console whether ${node} is the machine that ` +
        "it should be, then change one of its settings, so that pulumi up runs its script again"
    );
}
