/** A recorded value: what JSON can say, where a secret is `{ secret: value }` and an unknown value is UNKNOWN. */
export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

export const UNKNOWN = "«known later»";

/** The marks that the SDK puts into requests, see @pulumi/pulumi/runtime/rpc. */
const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

/** The properties of a request, with secrets and unknown values made visible. */
export function plain(properties: Record<string, unknown>): Record<string, Plain> {
    return Object.fromEntries(
        Object.entries(properties)
            .filter(([, value]) => value !== undefined)
            .map(([key, value]) => [key, plainValue(value)]),
    );
}

function plainValue(value: unknown): Plain {
    if (value === UNKNOWN_VALUE) {
        return UNKNOWN;
    }
    if (Array.isArray(value)) {
        return value.map(plainValue);
    }
    if (typeof value === "object" && value !== null) {
        const properties = value as Record<string, unknown>;
        return properties[SIGNATURE] === SECRET_SIGNATURE
            ? { secret: plainValue(properties["value"]) }
            : plain(properties);
    }
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
        return value;
    }
    return null;
}

/** A secret as it is recorded. */
export function secret(value: Plain): Plain {
    return { secret: value };
}

/** Every string in a value with the path to it: keys too. Secrets are skipped unless `intoSecrets`. */
export function strings(value: Plain, intoSecrets = false, at = ""): [string, string][] {
    if (typeof value === "string") {
        return [[at, value]];
    }
    if (typeof value !== "object" || value === null) {
        return [];
    }
    if (Array.isArray(value)) {
        return value.flatMap((each, index) => strings(each, intoSecrets, `${at}[${index}]`));
    }
    if (isSecret(value) && !intoSecrets) {
        return [];
    }
    return Object.entries(value).flatMap(([key, each]): [string, string][] => [
        [`${at}.${key}`, key],
        ...strings(each, intoSecrets, `${at}.${key}`),
    ]);
}

/** True when a recorded value is a secret as a whole. */
export function isSecret(value: Plain | undefined): value is { secret: Plain } {
    return (
        typeof value === "object" && value !== null && !Array.isArray(value) && "secret" in value
    );
}

/** True for a value that is known later, as a secret or not: SDKs before 3.276 lose that mark of an unknown value. */
export function isLater(value: Plain | undefined): boolean {
    return value === UNKNOWN || (isSecret(value) && value.secret === UNKNOWN);
}

/** The value of a secret; fails for a value that is none. */
export function unsecret(value: Plain | undefined): Record<string, Plain> {
    if (!isSecret(value) || typeof value.secret !== "object" || value.secret === null) {
        throw new Error(`expected a secret object, got ${JSON.stringify(value)}`);
    }
    return value.secret as Record<string, Plain>;
}
