import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { plain, type Plain } from "../../unit/support/recorded";

/** One resource as the engine is asked to register it. */
export interface Registered {
    urn: string;
    type: string;
    name: string;
    custom: boolean;
    /** The parent's name; its URN when it is not a resource of this component. */
    parent: string | undefined;
    /** Inputs; a secret is `{ secret: value }`, a value that is not known yet is UNKNOWN. */
    inputs: Record<string, Plain>;
    /** Names of the resources that it waits for, sorted; URNs of those that the component did not make. */
    dependsOn: string[];
    provider: string;
    providers: Record<string, string>;
    protect: boolean | undefined;
    retainOnDelete: boolean;
    /** URNs that it had before. */
    aliases: string[];
    ignoreChanges: string[];
    hooks: string[];
    outputs: Record<string, Plain> | undefined;
}

/** The URN that the engine gives: types of all parents, then the name. */
export function urnOf(
    request: Pick<RegisterResourceRequest, "getParent" | "getType" | "getName">,
): string {
    const parentTypes = request.getParent().split("::")[2] ?? "";
    const isBelowStack = parentTypes === "" || parentTypes === "pulumi:pulumi:Stack";
    const types = isBelowStack ? request.getType() : `${parentTypes}$${request.getType()}`;
    return `urn:pulumi:stack::project::${types}::${request.getName()}`;
}

export function registeredFrom(
    request: RegisterResourceRequest,
    urn: string,
    before: Registered[],
): Registered {
    const nameOf = (reference: string): string =>
        before.find((resource) => resource.urn === reference)?.name ?? reference;
    const parent = request.getParent();
    return {
        urn,
        type: request.getType(),
        name: request.getName(),
        custom: request.getCustom(),
        parent: parent === "" ? undefined : nameOf(parent),
        inputs: plain(request.getObject()?.toJavaScript() ?? {}),
        dependsOn: request.getDependenciesList().map(nameOf).sort(),
        provider: request.getProvider(),
        providers: Object.fromEntries(request.getProvidersMap().toObject(true)),
        protect: request.hasProtect() ? request.getProtect() : undefined,
        retainOnDelete: request.getRetainondelete() ?? false,
        aliases: [
            ...request.getAliasesList().map((alias) => alias.getUrn()),
            ...request.getAliasurnsList(),
        ],
        ignoreChanges: request.getIgnorechangesList(),
        hooks: Object.values(request.getHooks()?.toObject() ?? {}).flat(),
        outputs: undefined,
    };
}
