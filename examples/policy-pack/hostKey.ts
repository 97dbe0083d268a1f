import { at, isObject, LATER, type Props } from "./walk";

/** A remote command or copy, or its bastion, that trusts any host. */
export function hostKeyProblems(type: string, props: Props): string[] {
    if (!type.startsWith("command:remote:")) {
        return [];
    }
    return [["connection"], ["connection", "proxy"]]
        .filter((path) => isKnown(at(props, ...path)))
        .filter((path) => isBlank(at(props, ...path, "hostKey")))
        .map(
            (path) =>
                `${path.join(".")}.hostKey is missing, so any host is trusted; get it with ssh-keyscan -t ed25519`,
        );
}

/**
 * In a preview the provider of commands shows a secret connection that is not known yet as one with an empty host and no key
 * (@pulumi/command 1.2.1 with programs from @pulumi/pulumi 3.276 on). The `up` that learns it is checked with what it is.
 */
function isKnown(connection: unknown): boolean {
    return isObject(connection) && at(connection, "host") !== "";
}

function isBlank(value: unknown): boolean {
    return value !== LATER && (typeof value !== "string" || value.trim() === "");
}
