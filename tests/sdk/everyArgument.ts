import type { Property, Schema } from "../unit/support/schema";

/** How an argument is declared, which some languages write differently. */
export interface Where {
    /** Not an Input: it cannot be another resource's output. */
    plain: boolean;
    optional: boolean;
}

/** What the elements of a list or map are. */
export type Element =
    | { kind: "text"; plain: boolean }
    | { kind: "any" }
    | { kind: "choice"; type: string }
    | { kind: "object"; type: string };

/** How a language writes values. */
export interface Spelling {
    scalar: (type: "string" | "number" | "boolean", where: Where) => string;
    list: (value: string, element: Element) => string;
    map: (value: string, element: Element) => string;
    choice: (type: string, member: string, where: Where) => string;
    object: (type: string, fields: [string, string][], where: Where) => string;
    /** A whole program, given each component's class and its arguments. */
    program: (components: [string, [string, string][]][]) => string;
}

/** A program that makes every component with every argument that the schema has. */
export function everyArgument(schema: Schema, spelling: Spelling): string {
    return spelling.program(
        Object.entries(schema.resources).map(([token, { inputProperties }]) => [
            nameOf(token),
            fields(schema, spelling, inputProperties),
        ]),
    );
}

function fields(
    schema: Schema,
    spelling: Spelling,
    properties: Record<string, Property>,
): [string, string][] {
    return Object.entries(properties).map(([name, property]) => [
        name,
        value(schema, spelling, property),
    ]);
}

function value(schema: Schema, spelling: Spelling, property: Property): string {
    const where = { plain: property.plain === true, optional: property.optional === true };
    const type = property.$ref === undefined ? undefined : nameOf(property.$ref);
    if (type !== undefined) {
        const { enum: choices, properties } = schema.types[tokenOf(property)] ?? {};
        return choices?.[0] === undefined
            ? spelling.object(type, fields(schema, spelling, properties ?? {}), where)
            : spelling.choice(type, choices[0].name, where);
    }
    if (property.items !== undefined) {
        return spelling.list(
            value(schema, spelling, property.items),
            elementOf(schema, property.items),
        );
    }
    if (property.additionalProperties !== undefined) {
        const element = elementOf(schema, property.additionalProperties);
        const inner =
            element.kind === "any"
                ? spelling.scalar("string", { plain: false, optional: false })
                : value(schema, spelling, property.additionalProperties);
        return spelling.map(inner, element);
    }
    return spelling.scalar(property.type as "string" | "number" | "boolean", where);
}

function elementOf(schema: Schema, property: Property): Element {
    if (property.$ref === "pulumi.json#/Any") {
        return { kind: "any" };
    }
    if (property.$ref === undefined) {
        return { kind: "text", plain: property.plain === true };
    }
    const isChoice = schema.types[tokenOf(property)]?.enum !== undefined;
    return { kind: isChoice ? "choice" : "object", type: nameOf(property.$ref) };
}

function tokenOf({ $ref }: Property): string {
    return ($ref ?? "").replace("#/types/", "");
}

function nameOf(token: string): string {
    return token.replace(/^.*:/, "");
}
