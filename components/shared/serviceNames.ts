/** The DNS domain that kubeadm gives a cluster. */
export const CLUSTER_DOMAIN = "cluster.local";

/** The name that the API server verifies when it calls a Service. */
export function serviceCommonName(service: string, namespace: string): string {
    return `${service}.${namespace}.svc`;
}

/** All names of a Service inside the cluster, the one that the API server verifies first. */
export function serviceDnsNames(
    service: string,
    namespace: string,
    clusterDomain: string,
    extra: string[],
): string[] {
    const verified = serviceCommonName(service, namespace);
    return [
        ...new Set([
            verified,
            service,
            `${service}.${namespace}`,
            `${verified}.${clusterDomain}`,
            ...extra,
        ]),
    ];
}
