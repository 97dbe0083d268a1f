import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { certificatesOf, lifeIn } from "../shared/certificates";
import { HandDown } from "../shared/handDown";
import { refuse } from "../shared/invalidArguments";
import { joinPem } from "../shared/pem";
import { serviceCommonName } from "../shared/serviceNames";
import { foreignLifetime, leafLifetime, leafProblems } from "./certificateProfile";
import { signedProblems } from "./clusterCaResult";
import { endings } from "./renewal";
import { createServingKey, dnsNamesOf, type ServingKey } from "./servingKey";
import type { ServingCertificateArgs } from "./servingCertificateArgs";
import type {
    CertificateSource,
    SignedInCluster,
    SignInCluster,
    SourcedCertificate,
    SourcePlace,
} from "./source";

const CA_NEXT = "renew the cluster's CA; a `pulumi up` then has this certificate signed anew";

const signers = new HandDown<SignInCluster>();

/** Hands down what has a certificate signed in the cluster. A program cannot set it: nodes are arguments of the parent. */
export function handSignerDown(
    args: ServingCertificateArgs,
    sign: SignInCluster,
): ServingCertificateArgs {
    return signers.give(args, sign);
}

/** What the parent handed down, if it did. */
export function signerOf(args: ServingCertificateArgs): SignInCluster | undefined {
    return signers.take(args);
}

/** The cluster's own CA signs, on a control plane. Key and request are those of the other sources; the CA's key stays there. */
export const CLUSTER_CA: CertificateSource = {
    problems: (args) => leafProblems(leafLifetime(args)),
    make: makeUnderClusterCa,
};

function makeUnderClusterCa(place: SourcePlace): SourcedCertificate {
    const { name, args } = place;
    const serving = createServingKey(place);
    const names = dnsNamesOf(args);
    const { validityEndTime } = validity(place, serving);
    const asked = signerIn(place)({
        request: serving.request.certRequestPem,
        names,
        notAfter: validityEndTime,
    });
    const known = { publicKey: serving.key.publicKeyPem, names, notAfter: validityEndTime };
    const { certificate, ca } = lookedAt(name, asked, known);
    const bundle = trusted(asked, ca);
    const leaf = certificate.apply((pem) => lifeIn(certificatesOf(pem)[0]));
    const signer = bundle.apply((pem) => lifeIn(certificatesOf(pem)[0]));
    const notAfter = leaf.apply((life) => life.notAfter);
    const caNotAfter = signer.apply((life) => life.notAfter);
    return {
        certificatePem: pulumi.all([certificate, ca.apply(first)]).apply(joinPem),
        privateKeyPem: pulumi.secret(serving.key.privateKeyPemPkcs8),
        caCertificatePem: bundle.apply((pem) => joinPem([pem])),
        notAfter,
        caNotAfter,
        ending: endings([
            { what: `${name}: the serving certificate`, notAfter, lifetime: leafLifetime(args) },
            {
                what: `${name}: the cluster's CA`,
                notAfter: caNotAfter,
                lifetime: signer.apply(({ hours }) => foreignLifetime(hours)),
                next: CA_NEXT,
            },
        ]),
        certificateRequest: serving.request.certRequestPem,
        checked: Promise.resolve(),
    };
}

function signerIn({ sign }: SourcePlace): SignInCluster {
    if (sign === undefined) {
        throw new Error("source clusterCa without nodes");
    }
    return sign;
}

/**
 * A certificate that nobody ever serves and nobody trusts: it only tells when the real one ends, and its provider compares that
 * with the clock. In its window a run replaces it, so that another end is asked for, and the real one is signed anew.
 */
function validity({ parent, name, args }: SourcePlace, { key }: ServingKey): tls.SelfSignedCert {
    const { validityHours, renewBeforeHours } = leafLifetime(args);
    return new tls.SelfSignedCert(
        `${name}-validity`,
        {
            privateKeyPem: key.privateKeyPem,
            subject: { commonName: serviceCommonName(args.serviceName, args.namespace) },
            allowedUses: [],
            validityPeriodHours: validityHours,
            earlyRenewalHours: renewBeforeHours,
        },
        { parent },
    );
}

/** What came back, once it was looked at: a node may say anything. */
function lookedAt(
    name: string,
    { node, signed, published }: SignedInCluster,
    known: {
        publicKey: pulumi.Output<string>;
        names: pulumi.Output<string[]>;
        notAfter: pulumi.Output<string>;
    },
): { certificate: pulumi.Output<string>; ca: pulumi.Output<string> } {
    const good = pulumi
        .all([signed, published, known.publicKey, known.names, known.notAfter])
        .apply(([back, sha256, publicKey, names, notAfter]) => {
            const problems = signedProblems(back, {
                node,
                published: sha256,
                publicKey,
                names,
                notAfter,
            });
            refuse("ServingCertificate", name, problems, "with what was signed for it");
            return back;
        });
    return {
        certificate: good.apply(({ certificate }) => certificate),
        ca: good.apply(({ ca }) => ca),
    };
}

/**
 * What the API server trusts. A cluster that publishes one CA has signed with that one, or what came back was refused; so it is
 * known in the preview of a renewal, which then shows no change of the APIService. Otherwise it is what the node has.
 */
function trusted({ published }: SignedInCluster, ca: pulumi.Output<string>): pulumi.Output<string> {
    return published.apply((all) => {
        const [only = ""] = all;
        return all.length === 1 ? pulumi.output(only) : ca;
    });
}

/** The CA certificate that signed; those behind it are only trusted. */
function first(pem: string): string {
    return certificatesOf(pem)[0]?.toString() ?? "";
}
