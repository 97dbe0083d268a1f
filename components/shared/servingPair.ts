import { createPrivateKey, type KeyObject, type X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import {
    invalidNow,
    isChained,
    isSame,
    issuerOf,
    namesOf,
    notCaProblems,
    readCertificates,
    subjectOf,
    type Certificates,
} from "./certificates";
import { pemBlocks } from "./pem";
import { hasKeyForGo, isSignedForGo } from "./signed";
import { mayServe, uselessAuthorities } from "./usableAuthorities";

/** A serving certificate, its key, and what it is verified with. What is undefined is not known yet, and not looked at. */
export interface ServingPair {
    /** The serving certificate followed by those that lead to the CA, PEM. */
    certificate: string | undefined;
    /** Its private key, PEM. */
    key: string | undefined;
    /** The CA certificates, PEM. */
    bundle: string | undefined;
}

/** How the arguments are called that a pair comes from, for sentences about it. */
export interface PairNames {
    certificate: string;
    key: string;
    bundle: string;
    /** What the bundle has to be. */
    bundleExpected: string;
    /** The key is no argument but one of the package's own, which somebody was asked to certify. */
    isOwnKey?: boolean;
}

const OF_CERTIFICATE = "the serving certificate and its CA";
const LOOK = "next: openssl x509 -in <file> -noout -subject -ext subjectAltName,extendedKeyUsage";

/** Everything that would make the API server refuse a pair for one of these names and addresses. No problem quotes the key. */
export function servingPairProblems(
    pair: ServingPair,
    hosts: string[],
    at: PairNames,
    now: Date,
): string[] {
    const chain = pair.certificate === undefined ? undefined : readChain(pair.certificate, at);
    const key = pair.key === undefined ? undefined : readPrivateKey(pair.key, at.key);
    const bundle = pair.bundle === undefined ? undefined : readBundle(pair.bundle, at);
    const problems = [chain, key, bundle].flatMap((read) => read?.problems ?? []);
    if (problems.length > 0) {
        return problems;
    }
    const [leaf] = chain?.certificates ?? [];
    return [
        ...(leaf === undefined ? [] : leafProblems(leaf, hosts, at, now)),
        ...(leaf === undefined || key?.key === undefined ? [] : pairProblems(leaf, key.key, at)),
        // A self-signed serving certificate may stand for itself.
        ...notCaProblems(
            bundle?.certificates ?? [],
            at.bundle,
            `the CA that signed ${at.certificate}`,
            (certificate) => leaf !== undefined && isSame(certificate, leaf),
        ),
        ...(chain === undefined || bundle === undefined
            ? []
            : chainProblems(chain.certificates, bundle.certificates, at, now)),
    ];
}

function readChain(pem: string, at: PairNames): Certificates {
    return readCertificates(pem, {
        at: at.certificate,
        expected: OF_CERTIFICATE,
        secret: `, and everybody may read it; expected ${OF_CERTIFICATE}`,
    });
}

function readBundle(pem: string, { bundle, bundleExpected }: PairNames): Certificates {
    return readCertificates(pem, {
        at: bundle,
        expected: bundleExpected,
        secret: `, and everybody may read it; expected ${bundleExpected}`,
    });
}

/** Reads the one private key in a PEM text. No problem quotes it. */
export function readPrivateKey(pem: string, at: string): { key?: KeyObject; problems: string[] } {
    const { blocks, problem } = pemBlocks(pem);
    const keys = blocks.filter(({ label }) => /^(EC |RSA )?PRIVATE KEY$/.test(label));
    const [key] = keys;
    if (key === undefined && !/^-----BEGIN (EC |RSA )?PRIVATE KEY-----/m.test(pem)) {
        return {
            problems: [`${at} has no PEM private key; expected one that is not encrypted`],
        };
    }
    if (problem !== undefined || key === undefined) {
        return {
            problems: [`${at}: ${problem ?? ""}; expected one private key that is not encrypted`],
        };
    }
    if (keys.length > 1) {
        return { problems: [`${at} has ${keys.length} private keys; expected one`] };
    }
    try {
        return { key: createPrivateKey(key.text), problems: [] };
    } catch {
        return {
            problems: [
                `${at} cannot be read as a private key; expected one that is not encrypted; next: openssl pkey -in <file> -noout -check`,
            ],
        };
    }
}

/** Addresses are compared with addresses only, as the API server does it. */
function isFor(leaf: X509Certificate, host: string): boolean {
    const matched =
        isIP(host) === 0 ? leaf.checkHost(host, { subject: "never" }) : leaf.checkIP(host);
    return matched !== undefined;
}

function leafProblems(leaf: X509Certificate, hosts: string[], at: PairNames, now: Date): string[] {
    const begins = `${at.certificate} begins with a certificate (${subjectOf(leaf)})`;
    const invalid = invalidNow(leaf, now);
    return [
        ...hosts
            .filter((host) => !isFor(leaf, host))
            .map((host) => {
                const names = namesOf(leaf);
                return `${begins} for ${names === "" ? "no name at all" : names}; expected one for ${host}, which the API server verifies; ${LOOK}`;
            }),
        ...(mayServe(leaf)
            ? []
            : [
                  `${begins} that may not serve; expected the extended key usage serverAuth; ${LOOK}`,
              ]),
        ...(hasKeyForGo(leaf)
            ? []
            : [
                  `${begins} for a key that Go's TLS does not serve with; expected ECDSA with P-256, P-384 or P-521, RSA from 2048 bits on, or Ed25519; next: have one made for such a key`,
              ]),
        ...(isSignedForGo(leaf)
            ? []
            : [
                  `${begins} that was signed in a way that Go does not take; expected SHA-256, SHA-384 or SHA-512 with RSA or ECDSA, or Ed25519; next: have it signed anew`,
              ]),
        ...(invalid === undefined
            ? []
            : [
                  `${begins} that ${invalid}; expected one that is valid now; next: renew it where it was made`,
              ]),
    ];
}

function pairProblems(leaf: X509Certificate, key: KeyObject, at: PairNames): string[] {
    if (leaf.checkPrivateKey(key)) {
        return [];
    }
    return at.isOwnKey === true
        ? [
              `${at.certificate} begins with a certificate (${subjectOf(leaf)}) for another key than the package's own; expected one that was made from the output certificateRequest, or its key in ${at.key}; next: have certificateRequest signed, which source own has as well`,
          ]
        : [
              `${at.key} is not the key of the first certificate in ${at.certificate} (${subjectOf(leaf)}); expected the pair; next: compare openssl x509 -in <certificate> -noout -pubkey with openssl pkey -in <key> -pubout`,
          ];
}

function chainProblems(
    chain: X509Certificate[],
    bundle: X509Certificate[],
    at: PairNames,
    now: Date,
): string[] {
    const [leaf, ...others] = chain;
    if (leaf === undefined) {
        return [];
    }
    if (!isChained(chain, bundle)) {
        return [
            `${at.bundle} has ${bundle.map(subjectOf).join("; ")}, and none of them signed ${at.certificate} (${subjectOf(leaf)}, issued by ${issuerOf(leaf)}); expected the CA at the end of its chain; next: openssl verify -CAfile <bundle> <certificate>`,
        ];
    }
    const why = uselessAuthorities(leaf, others, bundle, now);
    return why === undefined
        ? []
        : [
              `${at.certificate} (${subjectOf(leaf)}) leads to a CA of ${at.bundle} only by way of ${why}; the API server refuses it; next: openssl verify -purpose sslserver -CAfile <bundle> <certificate>`,
          ];
}
