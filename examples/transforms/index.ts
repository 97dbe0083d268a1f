import * as pulumi from "@pulumi/pulumi";
import { MetricsServer, ServingCertificate } from "secure-metrics-server";

/** What this program writes into the Deployment, beside what the package sets. */
interface DeploymentProps {
    spec: { template: { spec: Record<string, unknown> } };
}

/** A field for which there is no argument: seconds that a pod has to end in. */
const withGracePeriod: pulumi.ResourceTransform = ({ type, props, opts }) => {
    if (type !== "kubernetes:apps/v1:Deployment") {
        return undefined;
    }
    const { spec } = props as DeploymentProps;
    const pod = { ...spec.template.spec, terminationGracePeriodSeconds: 45 };
    return {
        props: { ...props, spec: { ...spec, template: { ...spec.template, spec: pod } } },
        opts,
    };
};

const certificate = new ServingCertificate("certificate", {
    serviceName: "metrics-server",
    namespace: "kube-system",
});

new MetricsServer(
    "metrics",
    {
        certificatePem: certificate.certificatePem,
        privateKeyPem: certificate.privateKeyPem,
        caBundle: certificate.caBundle,
    },
    { transforms: [withGracePeriod] },
);
