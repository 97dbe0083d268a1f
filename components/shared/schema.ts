import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a property may hold, as far as it is used here. */
export interface PropertySchema {
    type?: string;
    $ref?: string;
    /** Has to be known in a preview: a value, and no output of another resource. */
    plain?: boolean;
    items?: PropertySchema;
    additionalProperties?: PropertySchema;
}

export interface ComponentSchema {
    inputProperties: Record<string, PropertySchema>;
    /** Inputs without which there is no component. */
    requiredInputs?: string[];
    properties: Record<string, PropertySchema>;
}

/** The parts of schema.json that a plugin needs to run. */
export interface PackageSchema {
    version: string;
    resources: Record<string, ComponentSchema | undefined>;
    types: Record<
        string,
        { type: string; properties?: Record<string, PropertySchema> } | undefined
    >;
}

/** The text of the committed schema.json: it lies above the sources, and above the folder of what is compiled from them. */
export function schemaText(): string {
    const found = [join("..", ".."), join("..", "..", "..")]
        .map((up) => join(__dirname, up, "schema.json"))
        .find((file) => existsSync(file));
    if (found === undefined) {
        throw new Error(`schema.json is missing above ${__dirname}; reinstall the package`);
    }
    return readFileSync(found, "utf8");
}
