import { createPrivateKey, type KeyObject, type X509Certificate } from "node:crypto";
import {
    invalidNow,
    isChained,
    isSame,
    issuerOf,
    namesOf,
    readCertificates,
    subjectOf,
} from "../shared/certificates";
import { HandDown } from "../shared/handDown";
import { isSet, peek, settled, type Peeked } from "../shared/knownNow";
import { pemBlocks } from "../shared/pem";
import { refuse, type Owner } from "../shared/invalidArguments";
import { underMocks } from "../shared/underMocks";
import type { MetricsServerArgs } from "./metricsServerArgs";

/** The name that the API server verifies. */
const SERVICE = "metrics-server.kube-system.svc";
const SERVER_AUTH = ["1.3.6.1.5.5.7.3.1", "2.5.29.37.0"];

const OF_CERTIFICATE = "expected the serving certificate and its CA";
const LOOK = "next: openssl x509 -in <file> -noout -subject -ext subjectAltName,extendedKeyUsage";

/** A certificate that was made elsewhere, as far as it is known. */
export interface GivenCertificate {
    certificatePem: Peeked<string | undefined>;
    privateKeyPem: Peeked<string | undefined>;
    caBundle: Peeked<string | undefined>;
}

export function peekCertificate(args: MetricsServerArgs): GivenCertificate {
    return {
        certificatePem: peek(args.certificatePem),
        privateKeyPem: peek(args.privateKeyPem),
        caBundle: peek(args.caBundle),
    };
}

const madeByParent = new HandDown<true>();

/** Marks arguments whose certificate this package makes in the same run: there is nothing to check. */
export function withOwnCertificate(args: MetricsServerArgs): MetricsServerArgs {
    return madeByParent.give(args, true);
}

/** Ends well when the certificate is one to use, also when it becomes known late; otherwise with all problems. */
export function checkCertificate(owner: Owner, args: MetricsServerArgs): Promise<void> {
    const { certificatePem, privateKeyPem, caBundle } = peekCertificate(args);
    const known = certificatePem.known && privateKeyPem.known && caBundle.known;
    const checked =
        known || madeByParent.take(args) === true ? Promise.resolve() : checkLater(owner, args);
    // Whatever is made from the certificate fails with it.
    checked.catch(() => undefined);
    return checked;
}

async function checkLater({ component, name }: Owner, args: MetricsServerArgs): Promise<void> {
    const given: GivenCertificate = {
        certificatePem: await settled(args.certificatePem),
        privateKeyPem: await settled(args.privateKeyPem),
        caBundle: await settled(args.caBundle),
    };
    const empty = Object.entries(given as unknown as Record<string, Peeked<string | undefined>>)
        .filter(([, value]) => value.known && (value.value ?? "") === "")
        .map(([at]) => at);
    if (empty.length > 0 && underMocks()) {
        return;
    }
    const missing = empty.map((at) => `${at} is missing: what it comes from is empty`);
    refuse(component, name, missing.length > 0 ? missing : givenCertificateProblems(given));
}

/** Everything that is wrong with a certificate that was made elsewhere. No problem quotes the key. */
export function givenCertificateProblems(
    { certificatePem, privateKeyPem, caBundle }: GivenCertificate,
    now = new Date(),
): string[] {
    const chain = isSet(certificatePem) ? readChain(certificatePem.value) : undefined;
    const key = isSet(privateKeyPem) ? readKey(privateKeyPem.value) : undefined;
    const bundle = isSet(caBundle) ? readBundle(caBundle.value) : undefined;
    const problems = [
        ...(chain?.problems ?? []),
        ...(key?.problems ?? []),
        ...(bundle?.problems ?? []),
    ];
    const [leaf] = chain?.certificates ?? [];
    if (problems.length > 0) {
        return problems;
    }
    return [
        ...(leaf === undefined ? [] : leafProblems(leaf, now)),
        ...(leaf === undefined || key?.key === undefined ? [] : pairProblems(leaf, key.key)),
        ...(bundle === undefined ? [] : authorityProblems(bundle.certificates, leaf)),
        ...(chain === undefined || bundle === undefined
            ? []
            : chainProblems(chain.certificates, bundle.certificates)),
    ];
}

function readChain(pem: string) {
    return readCertificates(pem, {
        at: "certificatePem",
        expected: "the serving certificate and its CA",
        secret: `, and everybody may read it; ${OF_CERTIFICATE}`,
    });
}

function readBundle(bundle: string) {
    return readCertificates(decoded(bundle), {
        at: "caBundle",
        expected: "base64 of the CA certificates",
        secret: ", and everybody may read it; expected base64 of the CA certificates",
    });
}

/** The text of a `caBundle`; base64 of something else decodes to something else. */
function decoded(bundle: string): string {
    return /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(bundle)
        ? Buffer.from(bundle, "base64").toString("utf8")
        : "";
}

function readKey(pem: string): { key?: KeyObject; problems: string[] } {
    const { blocks, problem } = pemBlocks(pem);
    const keys = blocks.filter(({ label }) => /^(EC |RSA )?PRIVATE KEY$/.test(label));
    const [key] = keys;
    if (key === undefined && !/^-----BEGIN (EC |RSA )?PRIVATE KEY-----/m.test(pem)) {
        return {
            problems: ["privateKeyPem has no PEM private key; expected one that is not encrypted"],
        };
    }
    if (problem !== undefined || key === undefined) {
        return {
            problems: [
                `privateKeyPem: ${problem ?? ""}; expected one private key that is not encrypted`,
            ],
        };
    }
    if (keys.length > 1) {
        return { problems: [`privateKeyPem has ${keys.length} private keys; expected one`] };
    }
    try {
        return { key: createPrivateKey(key.text), problems: [] };
    } catch {
        return {
            problems: [
                "privateKeyPem cannot be read as a private key; expected one that is not encrypted; next: openssl pkey -in <file> -noout -check",
            ],
        };
    }
}

function leafProblems(leaf: X509Certificate, now: Date): string[] {
    const problems: string[] = [];
    const subject = subjectOf(leaf);
    if (leaf.checkHost(SERVICE, { subject: "never" }) === undefined) {
        const names = namesOf(leaf);
        problems.push(
            `certificatePem begins with a certificate (${subject}) for ${names === "" ? "no name at all" : names}; expected one for ${SERVICE}, which the API server verifies; ${LOOK}`,
        );
    }
    const usages = leaf.keyUsage as string[] | undefined;
    if (usages !== undefined && !usages.some((usage) => SERVER_AUTH.includes(usage))) {
        problems.push(
            `certificatePem begins with a certificate (${subject}) that may not serve; expected the extended key usage serverAuth; ${LOOK}`,
        );
    }
    const invalid = invalidNow(leaf, now);
    if (invalid !== undefined) {
        problems.push(
            `certificatePem begins with a certificate (${subject}) that ${invalid}; expected one that is valid now; next: renew it where it was made`,
        );
    }
    return problems;
}

function pairProblems(leaf: X509Certificate, key: KeyObject): string[] {
    return leaf.checkPrivateKey(key)
        ? []
        : [
              `privateKeyPem is not the key of the first certificate in certificatePem (${subjectOf(leaf)}); expected the pair; next: compare openssl x509 -in <certificate> -noout -pubkey with openssl pkey -in <key> -pubout`,
          ];
}

/** A self-signed serving certificate may stand for itself. All others have to be CA certificates. */
function authorityProblems(bundle: X509Certificate[], leaf: X509Certificate | undefined): string[] {
    return bundle.flatMap((certificate, index) =>
        certificate.ca || (leaf !== undefined && isSame(certificate, leaf))
            ? []
            : [
                  `caBundle: certificate ${index + 1} (${subjectOf(certificate)}) is no CA certificate; expected the CA that signed certificatePem; next: openssl x509 -text -noout, and look for CA:TRUE`,
              ],
    );
}

function chainProblems(chain: X509Certificate[], bundle: X509Certificate[]): string[] {
    const [leaf] = chain;
    return leaf === undefined || isChained(chain, bundle)
        ? []
        : [
              `caBundle has ${bundle.map(subjectOf).join("; ")}, and none of them signed certificatePem (${subjectOf(leaf)}, issued by ${issuerOf(leaf)}); expected the CA at the end of its chain; next: openssl verify -CAfile <bundle> <certificate>`,
          ];
}
