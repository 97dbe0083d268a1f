import { Provider } from "@pulumi/kubernetes/provider";

/** A kubeconfig for a cluster where nobody answers. */
export function kubeconfig(tls: object = {}): string {
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "nowhere",
        contexts: [{ name: "nowhere", context: { cluster: "nowhere", user: "nobody" } }],
        clusters: [{ name: "nowhere", cluster: { server: "https://127.0.0.1:9", ...tls } }],
        users: [{ name: "nobody", user: {} }],
    });
}

/** Two clusters that a preview can do without. */
export function clusters(): { offline: Provider; rendered: Provider } {
    return {
        // Nobody answers for it.
        offline: new Provider("offline", {
            clusterIdentifier: "nowhere",
            kubeconfig: kubeconfig(),
        }),
        // It is a folder: charts and groups of manifests have to ask a cluster, or be rendered.
        rendered: new Provider("rendered", { renderYamlToDirectory: "rendered" }),
    };
}
