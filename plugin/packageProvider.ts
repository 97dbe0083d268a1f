import type * as pulumi from "@pulumi/pulumi";
import type { ConstructResult, Provider } from "@pulumi/pulumi/provider";
import {
    ClusterPreflight,
    KubeletServingCertificates,
    MetricsServer,
    SecureMetricsServer,
    ServingCertificate,
    ServingSecret,
} from "../index";
import { schemaText, type ComponentSchema, type PackageSchema } from "../components/shared/schema";

type ComponentClass = new (
    name: string,
    args: never,
    opts?: pulumi.ComponentResourceOptions,
) => pulumi.ComponentResource;

/** The classes by the tokens that programs of all languages use. */
const CLASSES: Record<string, ComponentClass | undefined> = {
    "secure-metrics-server:index:ClusterPreflight": ClusterPreflight,
    "secure-metrics-server:index:KubeletServingCertificates": KubeletServingCertificates,
    "secure-metrics-server:index:MetricsServer": MetricsServer,
    "secure-metrics-server:index:SecureMetricsServer": SecureMetricsServer,
    "secure-metrics-server:index:ServingCertificate": ServingCertificate,
    "secure-metrics-server:index:ServingSecret": ServingSecret,
};

/** Offers the components to programs in other languages, with the committed schema: nothing is analysed at a start. */
export class PackageProvider implements Provider {
    public readonly schema = schemaText();
    private readonly parsed = JSON.parse(this.schema) as PackageSchema;
    public readonly version = this.parsed.version;

    /** Makes one component. What is thrown here reaches the user as it is, without a stack trace. */
    public construct(
        name: string,
        type: string,
        inputs: pulumi.Inputs,
        options: pulumi.ComponentResourceOptions,
    ): Promise<ConstructResult> {
        const component = CLASSES[type];
        const description = this.parsed.resources[type];
        if (component === undefined || description === undefined) {
            const known = Object.keys(CLASSES).join(", ");
            throw new Error(`${type} is no component of this package; expected one of ${known}`);
        }
        const made = new component(name, inputs as never, options);
        return Promise.resolve({ urn: made.urn, state: outputs(made, description) });
    }
}

/** The outputs that the schema promises. */
function outputs(made: pulumi.ComponentResource, { properties }: ComponentSchema): pulumi.Inputs {
    const all = made as unknown as Record<string, pulumi.Input<unknown>>;
    return Object.fromEntries(Object.keys(properties).map((output) => [output, all[output]]));
}
