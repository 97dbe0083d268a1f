import { ComponentResource, Config } from "@pulumi/pulumi";

// Components of the types in the setting `resources`: policies see their inputs, and no provider has to know them.
const resources = new Config().requireObject<[name: string, type: string, props: object][]>(
    "resources",
);
for (const [name, type, props] of resources) {
    new ComponentResource(type, name, props);
}
