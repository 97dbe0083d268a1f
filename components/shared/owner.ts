/** The namespace of every object that has one, the same as upstream's. */
export const NAMESPACE = "kube-system";

/**
 * Marks an object as this package's, so that a later run tells it from one that somebody else made. Without server-side apply
 * the provider puts `pulumi` into managed-by.
 */
export const OWNER = {
    "app.kubernetes.io/managed-by": "secure-metrics-server",
    "app.kubernetes.io/part-of": "secure-metrics-server",
};
