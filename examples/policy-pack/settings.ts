import { isProse, withoutComments } from "./prose";
import type { Found, Scalar } from "./search";

/** Whether a value leaves no doubt: anything else, such as "yes", 1 or a template, may end as true. */
export function isFalse(value: unknown): boolean {
    return value === false || (typeof value === "string" && value.trim().toLowerCase() === "false");
}

/** The last part of a name: `spec.x`, `/spec/x` and `x` all set x. */
export function lastName(path: string[]): string {
    return path.at(-1)?.split(/[./]/).at(-1) ?? "";
}

/** Where a setting gets another value than false: by its name or, in a script or an expression, in a text. */
export function settersOf(setting: string, { scalars, pairs }: Found): string[] {
    return [
        ...[...scalars, ...pairs].filter((scalar) => setsByName(setting, scalar)),
        ...scalars.filter((scalar) => setsInText(setting, scalar)),
    ].map(({ path }) => path.join("."));
}

function setsByName(setting: string, { path, value }: Scalar): boolean {
    return lastName(path) === setting && value !== null && value !== undefined && !isFalse(value);
}

function setsInText(setting: string, { path, value }: Scalar): boolean {
    if (typeof value !== "string" || isProse(path)) {
        return false;
    }
    const text = withoutComments(value);
    return assignments(setting).some((assignment) => assignment.test(text));
}

const QUOTES = `["'\\\\]*`;
const VALUE = `value${QUOTES}\\s*:`;
const PATH = `${QUOTES}path${QUOTES}\\s*:`;
/** False, nothing, or a description of the setting as in a schema. */
const HARMLESS = `\\s*(?:${QUOTES}false\\b|\\{\\s*["'a-z]|[\\w.-]+:\\s|$)`;

/** How a text that is neither YAML nor JSON gives a setting a value: by itself, or in a JSON patch. */
function assignments(setting: string): RegExp[] {
    return [
        // A comparison, with two equals signs, sets nothing.
        new RegExp(`\\b${setting}${QUOTES}\\s*(?::|=(?!=)|,\\s*${QUOTES}${VALUE})(?!${HARMLESS})`),
        new RegExp(
            `${VALUE}(?!${HARMLESS})[^,{}\\n]{0,99},\\s*${PATH}[^,{}]{0,99}\\b${setting}\\b`,
        ),
    ];
}
