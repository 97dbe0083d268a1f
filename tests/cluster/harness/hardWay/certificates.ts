import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { STATE_DIRECTORY } from "../paths";
import { run } from "../run";

/** A certificate and its key, PEM. */
export interface Pair {
    certificate: string;
    key: string;
}

/** Whom a certificate is for. */
export interface Subject {
    commonName: string;
    organization?: string;
    /** Subject alternative names, as OpenSSL writes them: `DNS:w1`, `IP:127.0.0.1`. */
    names?: readonly string[];
    /** A server's certificates are a client's as well, as in Kubernetes the Hard Way. */
    isServer?: boolean;
}

const DAYS = 3653;
/** Half of what Kubernetes the Hard Way has: keys are made in a tenth of the time. */
const KEY = "rsa:2048";

const CA_EXTENSIONS = ["basicConstraints = critical, CA:TRUE", "keyUsage = cRLSign, keyCertSign"];

/** OpenSSL's configuration for a certificate. */
export function configuration(subject: Subject, extensions: readonly string[]): string {
    const { commonName, organization } = subject;
    return [
        "[req]",
        "prompt = no",
        "utf8 = yes",
        "distinguished_name = subject",
        "x509_extensions = extensions",
        "[subject]",
        `CN = ${commonName}`,
        ...(organization === undefined ? [] : [`O = ${organization}`]),
        "[extensions]",
        ...extensions,
        "subjectKeyIdentifier = hash",
        "",
    ].join("\n");
}

/** What is in a certificate that the CA signs. */
export function leafExtensions({ names = [], isServer = false }: Subject): string[] {
    return [
        "basicConstraints = CA:FALSE",
        "keyUsage = critical, digitalSignature, keyEncipherment",
        `extendedKeyUsage = clientAuth${isServer ? ", serverAuth" : ""}`,
        "authorityKeyIdentifier = keyid",
        ...(names.length === 0 ? [] : [`subjectAltName = ${names.join(", ")}`]),
    ];
}

/** The one CA of a hard-way cluster: it signs for servers and for clients. */
export function makeCa(): Promise<Pair> {
    return inFolder((folder) =>
        request(folder, configuration({ commonName: "CA" }, CA_EXTENSIONS), []),
    );
}

/** A new key and a certificate for it that the CA has signed. */
export function makePair(ca: Pair, subject: Subject): Promise<Pair> {
    return inFolder((folder) => {
        const [certificate, key] = [join(folder, "ca.crt"), join(folder, "ca.key")];
        writeFileSync(certificate, ca.certificate);
        writeFileSync(key, ca.key, { mode: 0o600 });
        return request(folder, configuration(subject, leafExtensions(subject)), [
            ...["-CA", certificate, "-CAkey", key],
        ]);
    });
}

async function request(folder: string, config: string, signer: readonly string[]): Promise<Pair> {
    const file = (name: string): string => join(folder, name);
    writeFileSync(file("config"), config);
    await run("openssl", [
        ...["req", "-x509", "-new", "-newkey", KEY, "-noenc", "-sha256", "-days", String(DAYS)],
        ...["-config", file("config"), "-keyout", file("key"), "-out", file("crt"), ...signer],
    ]);
    return {
        certificate: readFileSync(file("crt"), "utf8"),
        key: readFileSync(file("key"), "utf8"),
    };
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = mkdtempSync(join(STATE_DIRECTORY, "certificate-"));
    try {
        return await work(folder);
    } finally {
        rmSync(folder, { recursive: true });
    }
}
