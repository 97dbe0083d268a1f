import { quoteForeign } from "../shared/foreignText";

/** The longest line that can be a result. Those of 1,000 nodes are shorter. */
const LONGEST = 65_536;

/** Reads the JSON object that a script prints on its last line. */
export function lastJsonLine(stdout: string): Record<string, unknown> {
    const text = stdout.trimEnd();
    const line = text.slice(text.lastIndexOf("\n") + 1);
    const value = parsed(line);
    if (value === undefined) {
        throw new Error(`the script's last line is not JSON: ${quoteForeign(line)}`);
    }
    if (!isObject(value)) {
        throw new Error(`the script's last line is not a JSON object: ${quoteForeign(line)}`);
    }
    return value;
}

/** The same for who can do without: nothing where the script printed something else, or nothing, as under a user's mocks. */
export function lastJsonLineIfAny(stdout: string | undefined): Record<string, unknown> {
    try {
        return lastJsonLine(stdout ?? "");
    } catch {
        return {};
    }
}

function parsed(line: string): unknown {
    if (line.length > LONGEST) return undefined;
    try {
        return JSON.parse(line);
    } catch {
        return undefined;
    }
}

/** True for a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
