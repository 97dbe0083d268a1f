import { X509Certificate } from "node:crypto";
import { certificate as issued } from "../scripts/support/certificates";

/** A CA certificate of 2020; its key is nowhere. */
export const EXPIRED = `-----BEGIN CERTIFICATE-----
MIIBSjCB8aADAgECAgEBMAoGCCqGSM49BAMCMBUxEzARBgNVBAMMCmV4cGlyZWQt
Y2EwHhcNMjAwMTAxMDAwMDAwWhcNMjEwMTAxMDAwMDAwWjAVMRMwEQYDVQQDDApl
eHBpcmVkLWNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEj+k5XY/4BsTD/bK8
tZzgVVojwV587XymFPok+DAKmkCt84eD2mZhu7VibwmIhH57nNcctafKHjijOCHp
mJQfiKMyMDAwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQU5IOFOJNRGbYFgaP9
7Z9OnUkQz1AwCgYIKoZIzj0EAwIDSAAwRQIgfs0TapNbT+ih3LzLb7L/bbQBV6Vh
pJaR4h+ATI694EICIQDFjntYkwBxypOvSxe1nANwNClTB+f9A/f5BU4sIhrr6Q==
-----END CERTIFICATE-----
`;

/** What begins like a certificate and is none. */
export const GARBAGE = "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydA==\n-----END CERTIFICATE-----\n";

/** The certificates of a PEM bundle, in its order. */
export function certificatesIn(pem: string): X509Certificate[] {
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    return blocks.map((block) => new X509Certificate(block));
}

/** A self-signed CA certificate that ends in so many days. */
export function certificate(days: number): string {
    return issued({ subject: "/CN=ca", ca: true, until: days }).certificate;
}
