import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Keys, requests and certificates with OpenSSL, from the inputs that the components give to @pulumi/tls. */
export function issue(type: string, inputs: Record<string, unknown>): Record<string, unknown> {
    const folder = mkdtempSync(join(tmpdir(), "sms-tls-"));
    const file = (name: string): string => join(folder, name);
    const openssl = (...args: string[]): string =>
        execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    const given = (name: string, input: string): string => {
        writeFileSync(file(name), String(inputs[input]), { mode: 0o600 });
        return file(name);
    };
    const validity = (): string => String(Math.ceil(Number(inputs["validityPeriodHours"]) / 24));
    try {
        switch (type) {
            case "tls:index/privateKey:PrivateKey": {
                const pem = openssl(
                    "genpkey",
                    "-algorithm",
                    "EC",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                );
                return { privateKeyPem: pem, privateKeyPemPkcs8: pem };
            }
            case "tls:index/selfSignedCert:SelfSignedCert": {
                openssl(
                    ...["req", "-x509", "-new", "-key", given("key", "privateKeyPem")],
                    ...["-subj", subject(inputs), "-days", validity(), "-out", file("crt")],
                    ...["-addext", "basicConstraints=critical,CA:TRUE"],
                    ...["-addext", "keyUsage=critical,keyCertSign,cRLSign"],
                );
                return certificate(file("crt"), inputs);
            }
            case "tls:index/certRequest:CertRequest": {
                const names = (inputs["dnsNames"] as string[])
                    .map((name) => `DNS:${name}`)
                    .join(",");
                openssl(
                    ...["req", "-new", "-key", given("key", "privateKeyPem"), "-out", file("csr")],
                    ...["-subj", subject(inputs), "-addext", `subjectAltName=${names}`],
                );
                return { certRequestPem: readFileSync(file("csr"), "utf8") };
            }
            case "tls:index/locallySignedCert:LocallySignedCert": {
                openssl(
                    ...[
                        "x509",
                        "-req",
                        "-in",
                        given("csr", "certRequestPem"),
                        "-copy_extensions",
                        "copy",
                    ],
                    ...[
                        "-CA",
                        given("ca", "caCertPem"),
                        "-CAkey",
                        given("cakey", "caPrivateKeyPem"),
                    ],
                    ...["-days", validity(), "-out", file("crt")],
                );
                return certificate(file("crt"), inputs);
            }
            default:
                throw new Error(`no way to issue ${type}`);
        }
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

function subject(inputs: Record<string, unknown>): string {
    const { commonName, organization } = inputs["subject"] as Record<string, string | undefined>;
    return `${organization === undefined ? "" : `/O=${organization}`}/CN=${commonName ?? ""}`;
}

function certificate(path: string, inputs: Record<string, unknown>): Record<string, unknown> {
    const end = new Date(Date.now() + Number(inputs["validityPeriodHours"]) * 3_600_000);
    return { certPem: readFileSync(path, "utf8"), validityEndTime: end.toISOString() };
}
