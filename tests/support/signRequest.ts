import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pair } from "../scripts/support/certificates";

/** Signs a certificate request as a company would: the key stays where the request was made. */
export function signRequest(request: string, issuer: Pair, name: string, days: number): string {
    const folder = mkdtempSync(join(tmpdir(), "request-"));
    const write = (file: string, text: string): void => {
        writeFileSync(join(folder, file), text);
    };
    try {
        write("request", request);
        write("ca.crt", issuer.certificate);
        write("ca.key", issuer.key);
        write("extensions", `subjectAltName=DNS:${name}\nextendedKeyUsage=serverAuth\n`);
        const files = [
            "-in",
            "request",
            "-CA",
            "ca.crt",
            "-CAkey",
            "ca.key",
            "-out",
            "certificate",
        ];
        const options = ["-CAcreateserial", "-days", String(days), "-extfile", "extensions"];
        execFileSync("openssl", ["x509", "-req", ...files, ...options], {
            cwd: folder,
            stdio: "pipe",
        });
        return readFileSync(join(folder, "certificate"), "utf8");
    } finally {
        rmSync(folder, { recursive: true });
    }
}
