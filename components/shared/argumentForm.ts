import { inputProblems } from "./inputProblems";
import { refuse, type Owner } from "./invalidArguments";
import { schemaText, type ComponentSchema, type PackageSchema } from "./schema";

/** The arguments that a component cannot do without and that are not set. Null is how other languages leave one out. */
export function missingArguments(
    { requiredInputs = [] }: Pick<ComponentSchema, "requiredInputs">,
    inputs: Record<string, unknown>,
): string[] {
    return requiredInputs
        .filter((name) => inputs[name] === undefined || inputs[name] === null)
        .map((name) => `${name} is missing; expected a value, because there is no default`);
}

let schema: PackageSchema | undefined;

/**
 * Throws when arguments are missing, have names that are none or another form, before anything else looks at them. A
 * compiler says so in TypeScript; programs in plain JavaScript hear it from nobody else.
 */
export function refuseForm({ component, name }: Owner, args: object | undefined): void {
    schema ??= JSON.parse(schemaText()) as PackageSchema;
    const description = schema.resources[`secure-metrics-server:index:${component}`];
    if (description === undefined) {
        throw new Error(`schema.json has no ${component}; next: npm run sdk`);
    }
    const inputs = (args ?? {}) as Record<string, unknown>;
    refuse(component, name, [
        ...missingArguments(description, inputs),
        ...inputProblems(schema, inputs, description.inputProperties),
    ]);
}
