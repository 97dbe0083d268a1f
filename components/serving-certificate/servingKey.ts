import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { CLUSTER_DOMAIN, serviceCommonName, serviceDnsNames } from "../shared/serviceNames";
import type { Lifetime } from "./certificateProfile";
import { addressesOf } from "./extraNames";
import type { ServiceNames, SourcePlace } from "./source";

/** ECDSA on P-256. The provider's own default curve is P-224, which no TLS client accepts. */
export const KEY = { algorithm: "ECDSA", ecdsaCurve: "P256" };

/** What a leaf may be used for. */
const LEAF_USES = ["digital_signature", "server_auth"];

/** The package's own key for the serving certificate, and the request for a certificate of it. */
export interface ServingKey {
    key: tls.PrivateKey;
    request: tls.CertRequest;
}

/** Makes key and request. All sources with a key of the package share both, so that a change of the source keeps them. */
export function createServingKey(
    { parent, name, args }: SourcePlace,
    dnsNames: pulumi.Input<string[]> = dnsNamesOf(args),
): ServingKey {
    const ipAddresses = addressesOf({ component: "ServingCertificate", name }, args);
    const key = new tls.PrivateKey(`${name}-key`, KEY, { parent });
    const request = new tls.CertRequest(
        `${name}-request`,
        {
            privateKeyPem: key.privateKeyPem,
            subject: { commonName: serviceCommonName(args.serviceName, args.namespace) },
            dnsNames,
            ...(ipAddresses !== undefined && { ipAddresses }),
        },
        { parent },
    );
    return { key, request };
}

/** A CA of the program that signs, PEM both. */
interface Signer {
    key: pulumi.Input<string>;
    certificate: pulumi.Input<string>;
}

/** The serving certificate under a CA of the program. All of them share it, so that a change of the CA replaces it. */
export function signLeaf(
    { parent, name }: SourcePlace,
    { request }: ServingKey,
    { key, certificate }: Signer,
    { validityHours, renewBeforeHours }: Lifetime,
): tls.LocallySignedCert {
    return new tls.LocallySignedCert(
        `${name}-certificate`,
        {
            certRequestPem: request.certRequestPem,
            caPrivateKeyPem: key,
            caCertPem: certificate,
            allowedUses: LEAF_USES,
            validityPeriodHours: validityHours,
            earlyRenewalHours: renewBeforeHours,
        },
        { parent },
    );
}

/** All DNS names that the certificate of a Service is made for. */
export function dnsNamesOf(service: ServiceNames): pulumi.Output<string[]> {
    return pulumi
        .all(service.extraDnsNames ?? [])
        .apply((extra) => allDnsNames({ ...service, extraDnsNames: extra }));
}

/** The same, of what is known. */
export function allDnsNames(service: ServiceNames & { extraDnsNames: string[] }): string[] {
    return serviceDnsNames(
        service.serviceName,
        service.namespace,
        service.clusterDomain ?? CLUSTER_DOMAIN,
        service.extraDnsNames,
    );
}
