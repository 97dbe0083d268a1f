import * as pulumi from "@pulumi/pulumi";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import { certificatesOf } from "../shared/certificates";
import { NAMESPACE } from "../shared/owner";
import { readUnlessRendered } from "./clusterUid";

/**
 * The CA certificates that the cluster publishes to its pods, each PEM and none twice. With another CA the certificate is signed
 * anew. None where nobody says it: a provider that renders files instead, or the mocks of a unit test.
 */
export function publishedCa(
    name: string,
    parent: pulumi.Resource,
    dependsOn: pulumi.CustomResourceOptions["dependsOn"],
): pulumi.Output<string[]> {
    const text = readUnlessRendered(parent, () => {
        const opts = { parent, ...(dependsOn && { dependsOn }) };
        const { data } = ConfigMap.get(
            `${name}-kube-root-ca`,
            `${NAMESPACE}/kube-root-ca.crt`,
            opts,
        );
        return pulumi
            .output(data)
            .apply((found: Record<string, string> | undefined) => found?.["ca.crt"]);
    });
    return text.apply((pem) => [...new Set(certificatesOf(pem).map(String))]);
}
