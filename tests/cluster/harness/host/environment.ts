/**
 * The environment of what runs in the cluster: nothing of the caller's. A proxy or a KUBECONFIG that is set for the driver
 * must not decide what happens on a node.
 */
export function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
    return {
        PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        HOME: "/root",
        LANG: "C.UTF-8",
        ...more,
    };
}
