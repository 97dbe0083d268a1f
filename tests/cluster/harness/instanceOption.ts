/** The environment variable that says which of the machine's clusters is meant: a number from 1 to 9. */
export const INSTANCE_VARIABLE = "SECURE_METRICS_SERVER_CLUSTER";

/**
 * Takes `--instance N` (or `--instance=N`) out of a command line. What follows the name of a node in `ssh NODE COMMAND…` is
 * not the driver's, and stays.
 */
export function takeInstance(args: readonly string[]): { instance?: string; rest: string[] } {
    const end = args.includes("ssh") ? args.indexOf("ssh") + 3 : args.length;
    const at = args.slice(0, end).findIndex((arg) => /^--instance(=|$)/.test(arg));
    if (at === -1) {
        return { rest: [...args] };
    }
    const [option = "", next] = args.slice(at);
    const joined = option.startsWith("--instance=");
    const instance = joined ? option.slice("--instance=".length) : (next ?? "");
    if (instance === "") {
        throw new Error("--instance needs a number from 1 to 9");
    }
    return { instance, rest: [...args.slice(0, at), ...args.slice(at + (joined ? 1 : 2))] };
}
