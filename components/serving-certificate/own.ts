import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { joinPem } from "../shared/pem";
import {
    DEFAULT_CA,
    generationProblems,
    leafLifetime,
    lifetimeProblems,
    type Lifetime,
} from "./certificateProfile";
import { present } from "./missing";
import { endings } from "./renewal";
import { createServingKey, KEY, signLeaf } from "./servingKey";
import type { CertificateSettingsArgs } from "./servingCertificateArgs";
import type { CertificateSource, SourcedCertificate, SourcePlace } from "./source";

/** A CA of the package's own, with a slot for each of its keys. A renewal keeps the CA's key, so `caBundle` stays. */
export const OWN: CertificateSource = {
    problems: (args) => {
        const { leaf, ca, generations, active } = planOf(args);
        return [...lifetimeProblems(leaf, ca), ...generationProblems(generations, active)];
    },
    make: makeOwn,
};

interface Plan {
    leaf: Lifetime;
    ca: Lifetime;
    generations: string[];
    active: string;
}

function planOf(args: CertificateSettingsArgs): Plan {
    const generations = args.caKeyGenerations ?? ["1"];
    return {
        leaf: leafLifetime(args),
        ca: {
            validityHours: args.caValidityHours ?? DEFAULT_CA.validityHours,
            renewBeforeHours: args.caRenewBeforeHours ?? DEFAULT_CA.renewBeforeHours,
        },
        generations,
        active: args.activeCaKeyGeneration ?? generations[0] ?? "",
    };
}

/** The arguments about the package's own CA, for where another source has it beside its own. */
export function ownCaSettings(args: CertificateSettingsArgs): CertificateSettingsArgs {
    const { caValidityHours, caRenewBeforeHours, caKeyGenerations, activeCaKeyGeneration } = args;
    return { caValidityHours, caRenewBeforeHours, caKeyGenerations, activeCaKeyGeneration };
}

/** The package's own CA as source `own` has it, PEM, for another source: nothing is signed with it yet. */
export function includedOwnCa(place: SourcePlace): pulumi.Output<string> {
    return pemOf(createAuthorities(place));
}

function makeOwn(place: SourcePlace): SourcedCertificate {
    const { leaf, ca: authority, active } = planOf(place.args);
    const authorities = createAuthorities(place);
    const signer = present(
        authorities.find(({ generation }) => generation === active),
        `CA key slot ${active}`,
    );
    const serving = createServingKey(place);
    const ca = { key: signer.key.privateKeyPem, certificate: signer.certificate.certPem };
    const certificate = signLeaf(place, serving, ca, leaf);
    const notAfter = certificate.validityEndTime;
    const caNotAfter = signer.certificate.validityEndTime;
    return {
        certificatePem: pulumi
            .all([certificate.certPem, signer.certificate.certPem])
            .apply(joinPem),
        privateKeyPem: pulumi.secret(serving.key.privateKeyPemPkcs8),
        caCertificatePem: pemOf(authorities),
        notAfter,
        caNotAfter,
        ending: endings([
            { what: `${place.name}: the serving certificate`, notAfter, lifetime: leaf },
            {
                what: `${place.name}: the CA certificate`,
                notAfter: caNotAfter,
                lifetime: authority,
            },
        ]),
        certificateRequest: serving.request.certRequestPem,
        checked: Promise.resolve(),
    };
}

interface Authority {
    generation: string;
    key: tls.PrivateKey;
    certificate: tls.SelfSignedCert;
}

/** One for each slot. */
function createAuthorities(place: SourcePlace): Authority[] {
    const { ca, generations } = planOf(place.args);
    return generations.map((generation) => createAuthority(place, generation, ca));
}

function pemOf(authorities: Authority[]): pulumi.Output<string> {
    return pulumi.all(authorities.map((each) => each.certificate.certPem)).apply(joinPem);
}

function createAuthority(
    { parent, name, args }: SourcePlace,
    generation: string,
    lifetime: Lifetime,
): Authority {
    const key = new tls.PrivateKey(`${name}-ca-key-${generation}`, KEY, { parent });
    const certificate = new tls.SelfSignedCert(
        `${name}-ca-${generation}`,
        {
            privateKeyPem: key.privateKeyPem,
            isCaCertificate: true,
            subject: { commonName: `${args.serviceName}-ca`, organization: args.namespace },
            allowedUses: ["cert_signing", "crl_signing"],
            validityPeriodHours: lifetime.validityHours,
            earlyRenewalHours: lifetime.renewBeforeHours,
        },
        { parent },
    );
    return { generation, key, certificate };
}
