import { NAMESPACE } from "../shared/owner";
import { serviceCommonName, serviceDnsNames, CLUSTER_DOMAIN } from "../shared/serviceNames";
import type { CertManagerArgs } from "./certManagerArgs";
import {
    CA_NAME,
    CERTIFICATE,
    GROUP,
    referenceTo,
    SECRET_COMPONENT,
    secretNameOf,
    SELF_SIGNED,
} from "./names";

type Labels = Record<string, string>;

/** The run waits for it, and says what cert-manager says when it is not to be had. */
const READY = { "pulumi.com/waitFor": "condition=Ready" };
const VERSION = `${GROUP}/v1`;

const KEY = { algorithm: "ECDSA", size: 256, encoding: "PKCS8" };
const CA_ISSUER = { name: CA_NAME, kind: "Issuer", group: GROUP };

function metadata(name: string, labels: Labels) {
    return { name, namespace: NAMESPACE, labels, annotations: READY };
}

/** A Secret of cert-manager's stays behind, so it says whose it is. */
function secretTemplate(labels: Labels) {
    return { labels: { ...labels, ...SECRET_COMPONENT } };
}

/** Durations are written as the API server prints them, so that nothing differs after a refresh. */
export function certificate(args: CertManagerArgs, labels: Labels) {
    const service = [CERTIFICATE, NAMESPACE] as const;
    return {
        apiVersion: VERSION,
        kind: "Certificate",
        metadata: metadata(CERTIFICATE, labels),
        spec: {
            secretName: secretNameOf(args),
            secretTemplate: secretTemplate(labels),
            commonName: serviceCommonName(...service),
            dnsNames: serviceDnsNames(...service, CLUSTER_DOMAIN, []),
            usages: ["digital signature", "server auth"],
            privateKey: { ...KEY, rotationPolicy: "Always" },
            duration: "8760h0m0s",
            renewBefore: "720h0m0s",
            issuerRef: args.issuer === undefined ? CA_ISSUER : referenceTo(args.issuer),
        },
    };
}

/** Never a ClusterIssuer: whoever may use one could have metrics-server's name signed. */
export function selfSignedIssuer(labels: Labels) {
    return {
        apiVersion: VERSION,
        kind: "Issuer",
        metadata: metadata(SELF_SIGNED, labels),
        spec: { selfSigned: {} },
    };
}

/** A renewed CA keeps its key, so that what it has signed before stays good. */
export function caCertificate(labels: Labels) {
    return {
        apiVersion: VERSION,
        kind: "Certificate",
        metadata: metadata(CA_NAME, labels),
        spec: {
            isCA: true,
            secretName: CA_NAME,
            secretTemplate: secretTemplate(labels),
            commonName: CA_NAME,
            subject: { organizations: [NAMESPACE] },
            usages: ["cert sign", "crl sign"],
            privateKey: { ...KEY, rotationPolicy: "Never" },
            duration: "87600h0m0s",
            renewBefore: "8760h0m0s",
            issuerRef: { name: SELF_SIGNED, kind: "Issuer", group: GROUP },
        },
    };
}

export function caIssuer(labels: Labels) {
    return {
        apiVersion: VERSION,
        kind: "Issuer",
        metadata: metadata(CA_NAME, labels),
        spec: { ca: { secretName: CA_NAME } },
    };
}
