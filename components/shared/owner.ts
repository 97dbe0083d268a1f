/** The namespace of every object that has one, the same as upstream's. */
export const NAMESPACE = "kube-system";

/** Says who keeps an object. Without server-side apply the provider would put `pulumi` there. */
export const MANAGED = { "app.kubernetes.io/managed-by": "secure-metrics-server" };

/**
 * Marks an object as this package's, so that a later run tells it from one that somebody else made.
 */
export const OWNER = {
    ...MANAGED,
    "app.kubernetes.io/part-of": "secure-metrics-server",
};
