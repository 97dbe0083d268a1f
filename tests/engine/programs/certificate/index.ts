import { readFileSync } from "node:fs";
import { ServingCertificate, type CertificateSettingsArgs } from "secure-metrics-server";

const settings = JSON.parse(readFileSync("settings.json", "utf8")) as CertificateSettingsArgs;
const certificate = new ServingCertificate("serving", {
    ...settings,
    serviceName: "metrics-server",
    namespace: "kube-system",
});
export const certificatePem = certificate.certificatePem;
export const caBundle = certificate.caBundle;
export const privateKeyPem = certificate.privateKeyPem;
export const certificateRequest = certificate.certificateRequest;
export const renewalTime = certificate.renewalTime;
