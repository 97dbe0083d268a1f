import { at, isObject, LATER, type Props } from "./walk";

/** A remote command or copy, or its bastion, that trusts any host. */
export function hostKeyProblems(type: string, props: Props): string[] {
    if (!type.startsWith("command:remote:")) {
        return [];
    }
    return [["connection"], ["connection", "proxy"]]
        .filter((path) => isObject(at(props, ...path)))
        .filter((path) => isBlank(at(props, ...path, "hostKey")))
        .map(
            (path) =>
                `${path.join(".")}.hostKey is missing, so any host is trusted; get it with ssh-keyscan -t ed25519`,
        );
}

function isBlank(value: unknown): boolean {
    return value !== LATER && (typeof value !== "string" || value.trim() === "");
}
