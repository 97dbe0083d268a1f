/** A property as Pulumi's schema has it. */
export interface Property {
    type?: string;
    $ref?: string;
    description?: string;
    secret?: boolean;
    optional?: boolean;
    plain?: boolean;
    items?: Property;
    additionalProperties?: Property;
}

/** The parts of a package's schema that its SDKs are made from. */
export interface Schema {
    name: string;
    version: string;
    dependencies: unknown[];
    resources: Record<
        string,
        {
            isComponent: boolean;
            description?: string;
            inputProperties: Record<string, Property>;
            requiredInputs?: string[];
            properties: Record<string, Property>;
        }
    >;
    types: Record<
        string,
        { properties?: Record<string, Property>; enum?: { name: string; description?: string }[] }
    >;
}

/** Properties by the path to them. */
export function properties(schema: Schema): [string, Property][] {
    return [
        ...Object.entries(schema.resources).flatMap(([token, resource]) =>
            below(token, resource.properties),
        ),
        ...inputs(schema),
    ];
}

/** What a program sets: the inputs of components and the fields of the types that they consist of. */
export function inputs(schema: Schema): [string, Property][] {
    return [
        ...Object.entries(schema.resources).flatMap(([token, resource]) =>
            below(token, resource.inputProperties),
        ),
        ...Object.entries(schema.types).flatMap(([token, type]) => below(token, type.properties)),
    ];
}

function below(at: string, all: Record<string, Property> | undefined): [string, Property][] {
    return Object.entries(all ?? {}).map(([name, property]) => [`${at}.${name}`, property]);
}

/** Everything that a property refers to. */
export function references(property: Property | undefined): string[] {
    return property === undefined
        ? []
        : [
              ...(property.$ref === undefined ? [] : [property.$ref]),
              ...references(property.items),
              ...references(property.additionalProperties),
          ];
}

/** What is wrong with a description, as it would stand in the reference of every language. */
export function flaws(description: string | undefined): string[] {
    const text = description ?? "";
    const count = (character: string): number => text.split(character).length - 1;
    return [
        ...(text.length > 10 ? [] : ["says next to nothing"]),
        ...(/^[A-Za-z`]/.test(text) ? [] : ["does not begin with a word"]),
        ...(/[.]$/.test(text) ? [] : ["does not end with a sentence"]),
        ...(count("`") % 2 === 0 ? [] : ["has a code span without an end"]),
        ...(count("(") === count(")") ? [] : ["has a bracket without its partner"]),
        ...(/\{@|\[object|(^|\s)@[a-z]/.test(text) ? ["has a tag that no language knows"] : []),
        ...(/\*\/|<\/?[a-z]/.test(text) ? ["has what would end a comment or start markup"] : []),
    ];
}
