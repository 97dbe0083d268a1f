/** Reads the JSON object that a script prints on its last line. */
export function lastJsonLine(stdout: string): Record<string, unknown> {
    const line = stdout.trimEnd().split("\n").at(-1) ?? "";
    const shown = JSON.stringify(line.slice(0, 200));
    const value = parsed(line);
    if (value === undefined) {
        throw new Error(`the script's last line is not JSON: ${shown}`);
    }
    if (!isObject(value)) {
        throw new Error(`the script's last line is not a JSON object: ${shown}`);
    }
    return value;
}

function parsed(line: string): unknown {
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
