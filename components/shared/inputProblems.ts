import * as pulumi from "@pulumi/pulumi";
import type { PackageSchema, PropertySchema } from "./schema";

type Types = Pick<PackageSchema, "types">;

/**
 * What no compiler has looked at: plain JavaScript and other languages pass a misspelt argument on as it is, and an output
 * where a plain value has to be. Both would be taken for an argument that is not set. Each problem is a sentence.
 */
export function inputProblems(
    schema: Types,
    inputs: Record<string, unknown>,
    properties: Record<string, PropertySchema>,
    at = "",
): string[] {
    return Object.entries(inputs).flatMap(([name, value]) => {
        // TypeScript leaves an argument out as undefined, other languages as null. In a list or a map either would leave out
        // what somebody named.
        if (value === undefined) {
            return [];
        }
        const property = Object.keys(properties).includes(name) ? properties[name] : undefined;
        if (property === undefined) {
            return [`${at}${name} is no argument; expected one of ${listed(properties)}`];
        }
        return value === null ? [] : valueProblems(schema, value, property, `${at}${name}`);
    });
}

function valueProblems(
    schema: Types,
    value: unknown,
    property: PropertySchema,
    at: string,
): string[] {
    if (isLater(value)) {
        return property.plain === true ? [outputProblem(at)] : [];
    }
    const expected = kindOf(schema, property);
    if (expected !== undefined && expected !== kind(value)) {
        return [`${at} is ${article(kind(value))}; expected ${article(expected)}`];
    }
    const { items, additionalProperties } = property;
    if (Array.isArray(value)) {
        return items === undefined
            ? []
            : value.flatMap((each, index) => valueProblems(schema, each, items, `${at}[${index}]`));
    }
    if (!isObject(value)) {
        return [];
    }
    if (additionalProperties !== undefined) {
        return Object.entries(value).flatMap(([key, each]) =>
            valueProblems(schema, each, additionalProperties, `${at}.${key}`),
        );
    }
    const properties = typeOf(schema, property)?.properties;
    return properties === undefined ? [] : inputProblems(schema, value, properties, `${at}.`);
}

/** What a value has to be, as `kind` says it, or undefined for anything. */
function kindOf(schema: Types, property: PropertySchema): string | undefined {
    return property.type ?? typeOf(schema, property)?.type;
}

function typeOf({ types }: Types, { $ref }: PropertySchema): Types["types"][string] {
    return types[($ref ?? "").replace(/^#\/types\//, "")];
}

function kind(value: unknown): string {
    if (value === null) {
        return "null";
    }
    return Array.isArray(value) ? "array" : typeof value;
}

function article(noun: string): string {
    if (noun === "null" || noun === "undefined") {
        return noun;
    }
    return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}

function outputProblem(at: string): string {
    return `${at} is an output or a secret as a whole; expected a plain value, so that a preview knows it; next: make outputs or secrets of the values inside it that may be such`;
}

function listed(properties: Record<string, unknown>): string {
    return Object.keys(properties).sort().join(", ");
}

function isLater(value: unknown): boolean {
    return pulumi.Output.isInstance(value) || value instanceof Promise;
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null;
}
