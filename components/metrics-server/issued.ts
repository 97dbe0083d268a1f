import type * as pulumi from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import type { CertManagerArgs } from "../cert-manager/certManagerArgs";
import * as objects from "../cert-manager/objects";
import type { Dependencies } from "../shared/inheritedDependsOn";
import { behind } from "../shared/knownNow";
import { OBJECT_LABELS } from "./manifests";
import { withMetadata, type Words } from "./metadata";

interface IssuedContext {
    /** Ends when the arguments were looked at. */
    checked: Promise<void>;
    parent: { parent: pulumi.Resource; dependsOn: Dependencies };
    /** Labels of every object. */
    common: Words | undefined;
}

/** What cert-manager issues metrics-server's certificate from. The last one is ready when the Secret is there. */
export function createIssued(
    name: string,
    args: CertManagerArgs,
    { checked, parent, common }: IssuedContext,
): pulumi.Resource[] {
    const make = (
        suffix: string,
        manifest: ReturnType<(typeof objects)[keyof typeof objects]>,
        after: pulumi.Resource[],
    ): pulumi.Resource[] => [
        new CustomResource(`${name}-${suffix}`, withMetadata(manifest, common), {
            ...parent,
            dependsOn: [...parent.dependsOn, ...after],
        }),
    ];
    const { issuer } = args;
    if (issuer !== undefined) {
        const late = { ...args, issuer: { ...issuer, name: behind(issuer.name, checked) } };
        return make("certificate", objects.certificate(late, OBJECT_LABELS), []);
    }
    const selfSigned = make("selfsigned-issuer", objects.selfSignedIssuer(OBJECT_LABELS), []);
    const ca = make("ca-certificate", objects.caCertificate(OBJECT_LABELS), selfSigned);
    const caIssuer = make("ca-issuer", objects.caIssuer(OBJECT_LABELS), ca);
    return make("certificate", objects.certificate(args, OBJECT_LABELS), caIssuer);
}
