import type { Properties } from "../host/support/monitor";

/** The marks that the SDK puts into requests, see @pulumi/pulumi/runtime/rpc. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Values as a provider gets them: a secret is its value. */
export function withoutMarks(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(withoutMarks);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if (SIGNATURE in value) {
        return withoutMarks((value as { value?: unknown }).value);
    }
    return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, withoutMarks(inner)]),
    );
}

/** The properties of a request without marks. */
export function plainProperties(properties: Properties): Properties {
    return withoutMarks(properties) as Properties;
}

/** Properties of which some are marked as secrets, unless they are already. */
export function withSecrets(properties: Properties, names: string[]): Properties {
    const marked = names
        .filter((name) => properties[name] !== undefined && !isMarked(properties[name]))
        .map((name) => [name, { [SIGNATURE]: SECRET, value: properties[name] }]);
    return { ...properties, ...(Object.fromEntries(marked) as Properties) };
}

function isMarked(value: unknown): boolean {
    return typeof value === "object" && value !== null && SIGNATURE in value;
}
