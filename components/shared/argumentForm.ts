import { inputProblems } from "./inputProblems";
import { refuse, type Owner } from "./invalidArguments";
import { withoutNulls } from "./withoutNulls";
import { schemaText, type ComponentSchema, type PackageSchema } from "./schema";

/** The arguments that a component cannot do without and that are not set. Null is how other languages leave one out. */
function missingArguments(
    { requiredInputs = [] }: Pick<ComponentSchema, "requiredInputs">,
    inputs: Record<string, unknown>,
): string[] {
    return requiredInputs
        .filter((name) => inputs[name] === undefined || inputs[name] === null)
        .map((name) => `${name} is missing; expected a value, because there is no default`);
}

/** Arguments without which there has to be one of some others. */
const UNLESS: Record<string, Record<string, string[]> | undefined> = {
    MetricsServer: {
        certificatePem: ["secretName", "certManager"],
        privateKeyPem: ["secretName", "certManager"],
        caBundle: ["certManager"],
    },
};

/** The arguments that a component cannot do without unless it has others. */
function missingWithout(component: string, inputs: Record<string, unknown>): string[] {
    const isMissing = (name: string): boolean => (inputs[name] ?? undefined) === undefined;
    return Object.entries(UNLESS[component] ?? {})
        .filter(([name, others]) => [name, ...others].every(isMissing))
        .map(
            ([name, others]) =>
                `${name} is missing; expected a value, or ${others.join(" or ")} instead`,
        );
}

/** What to say of arguments of earlier versions. */
const REMOVED: Record<string, Record<string, string> | undefined> = {
    SecureMetricsServer: {
        checkOnly:
            "checkOnly is no argument any more; expected the component ClusterPreflight, which takes nodes, ssh and csrApproval, only reads, and may stand in any stack; next: make a ClusterPreflight instead",
    },
};

/** All that can be said of arguments before anybody looks at what they mean. */
export function formProblems(
    schema: PackageSchema,
    component: string,
    inputs: Record<string, unknown>,
): string[] {
    const description = schema.resources[`secure-metrics-server:index:${component}`];
    if (description === undefined) {
        throw new Error(`schema.json has no ${component}; next: npm run sdk`);
    }
    const removed = Object.entries(REMOVED[component] ?? {}).filter(
        ([name]) => inputs[name] !== undefined && inputs[name] !== null,
    );
    const gone = removed.map(([name]) => name);
    const rest = Object.fromEntries(
        Object.entries(inputs).filter(([name]) => !gone.includes(name)),
    );
    return [
        ...removed.map(([, sentence]) => sentence),
        ...missingArguments(description, inputs),
        ...missingWithout(component, inputs),
        ...inputProblems(schema, rest, description.inputProperties),
    ];
}

let schema: PackageSchema | undefined;

/**
 * Throws when arguments are missing, have names that are none or another form, before anything else looks at them, whatever
 * language they come from. A compiler says so in TypeScript; programs in plain JavaScript hear it from nobody else. Returns
 * them without the nulls of other languages: only here a null that is not set is told from one in a list or a map, where it
 * would leave out what somebody named.
 */
export function acceptedForm<A extends object>({ component, name }: Owner, args: A): A {
    schema ??= JSON.parse(schemaText()) as PackageSchema;
    // Plain JavaScript may leave them out.
    const inputs = (args as A | undefined) ?? ({} as A);
    refuse(component, name, formProblems(schema, component, inputs as Record<string, unknown>));
    return withoutNulls(inputs);
}
