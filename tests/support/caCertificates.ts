import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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

/** A self-signed CA certificate that ends in so many days. */
export function certificate(days: number): string {
    const folder = mkdtempSync(join(tmpdir(), "sms-ca-"));
    try {
        const [key, file] = [join(folder, "key"), join(folder, "crt")];
        const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        const where = ["-keyout", key, "-out", file, "-subj", "/CN=ca", "-days", String(days)];
        execFileSync("openssl", ["req", "-x509", ...kind, ...where], { stdio: "ignore" });
        return readFileSync(file, "utf8");
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

export function base64(text: string): string {
    return Buffer.from(text).toString("base64");
}
