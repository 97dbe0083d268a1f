import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate and its key, PEM. */
export interface Pair {
    certificate: string;
    key: string;
}

export interface Subject {
    /** A distinguished name as OpenSSL takes it. */
    subject: string;
    /** A subjectAltName as OpenSSL takes it. */
    names?: string;
    /** Who signs; itself without it. */
    issuer?: Pair;
    ca?: boolean;
    /** How many CAs may stand below it. */
    pathLength?: number;
    /** What it is signed with, as OpenSSL calls it; sha256 without it. */
    digest?: string;
    /** Further extensions, or others than by default, as OpenSSL takes them. */
    extensions?: string[];
    /** The curve of its key, as OpenSSL calls it; P-256 without it. */
    curve?: string;
    /** Whose key it has; one of its own without it. */
    keyOf?: Subject;
    /** When it is valid, in days from now. */
    from?: number;
    until?: number;
}

const made = new Map<string, Pair>();

/** A real certificate from OpenSSL; the same one for the same question, since keys cost time. */
export function certificate(question: Subject): Pair {
    const name = JSON.stringify(question);
    const pair = made.get(name) ?? issue(question);
    made.set(name, pair);
    return pair;
}

function issue(question: Subject): Pair {
    const { subject, names, issuer, ca = false, from = -1, until = 300 } = question;
    const folder = mkdtempSync(join(tmpdir(), "certificate-"));
    const file = (name: string) => join(folder, name);
    const openssl = (...words: string[]) =>
        execFileSync("openssl", words, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    try {
        const curve = question.curve ?? "prime256v1";
        if (question.keyOf === undefined)
            openssl("ecparam", "-name", curve, "-genkey", "-noout", "-out", "key");
        else writeFileSync(file("key"), certificate(question.keyOf).key);
        openssl("req", "-new", "-key", "key", "-subj", subject, "-out", "request");
        const length = question.pathLength === undefined ? "" : `,pathlen:${question.pathLength}`;
        const extensions = [
            `basicConstraints=critical,CA:${ca ? "TRUE" : "FALSE"}${length}`,
            ...(names === undefined ? [] : [`subjectAltName=${names}`]),
            ...(question.extensions ?? (ca ? [] : ["extendedKeyUsage=serverAuth,clientAuth"])),
        ];
        writeFileSync(file("extensions"), extensions.join("\n") + "\n");
        writeFileSync(file("ca.key"), issuer?.key ?? readFileSync(file("key")));
        if (issuer !== undefined) writeFileSync(file("ca.crt"), issuer.certificate);
        writeFileSync(file("index"), "");
        const configuration = [
            "[ca]\ndefault_ca=it",
            "[it]\ndatabase=index\nrand_serial=yes\npolicy=any\nnew_certs_dir=.\nunique_subject=no",
            "[any]\ncommonName=supplied\norganizationName=optional",
        ];
        writeFileSync(file("configuration"), configuration.join("\n") + "\n");
        const signer = issuer === undefined ? ["-selfsign"] : ["-cert", "ca.crt"];
        const dates = ["-startdate", asn1Time(from), "-enddate", asn1Time(until)];
        const files = ["-keyfile", "ca.key", "-in", "request", "-out", "certificate"];
        const digest = ["-md", question.digest ?? "sha256"];
        const options = [
            ...digest,
            "-config",
            "configuration",
            "-extfile",
            "extensions",
            "-batch",
            "-notext",
        ];
        openssl("ca", ...options, ...signer, ...dates, ...files);
        return {
            certificate: readFileSync(file("certificate"), "utf8"),
            key: readFileSync(file("key"), "utf8"),
        };
    } finally {
        rmSync(folder, { recursive: true });
    }
}

function asn1Time(days: number): string {
    const time = new Date(Date.now() + days * 86_400_000).toISOString();
    return time.replace(/\.\d+/, "").replaceAll(/[-:T]/g, "");
}

export const clusterCa = (): Pair => certificate({ subject: "/CN=kubernetes", ca: true });
export const otherCa = (): Pair => certificate({ subject: "/CN=another", ca: true });
