import { at, items, LATER } from "./walk";

/** Put in place of a variable that a preview does not know: harmless, the `up` that learns it checks again. */
const HARMLESS = "false";

/** The arguments of a container as they are after Kubernetes put its environment into `$(NAME)`. */
export function expanded(args: unknown, container: unknown): unknown {
    const environment = environmentOf(container);
    const expand = (text: unknown): unknown =>
        typeof text === "string" ? withVariables(text, environment) : text;
    return Array.isArray(args) ? items(args).map(expand) : expand(args);
}

/** The variables with a value of their own; each may use those before it. */
function environmentOf(container: unknown): Map<string, string> {
    const environment = new Map<string, string>();
    for (const entry of items(at(container, "env"))) {
        const [name, value] = [at(entry, "name"), at(entry, "value")];
        if (typeof name === "string" && value === LATER) {
            environment.set(name, HARMLESS);
        } else if (typeof name === "string" && typeof value === "string") {
            environment.set(name, withVariables(value, environment));
        }
    }
    return environment;
}

/** As Kubernetes does it: `$$` is a dollar, and a variable without a value stays as it is. */
function withVariables(text: string, environment: Map<string, string>): string {
    return text.replace(/\$\$|\$\(([^()]*)\)/g, (found, name?: string) =>
        found === "$$" ? "$" : (environment.get(name ?? "") ?? found),
    );
}
