// Where TypeScript compiles file by file, as it does for a plugin that is not compiled, it loses Node's types here.
/// <reference types="node" />
import { X509Certificate } from "node:crypto";
import { pemBlocks } from "./pem";

/** The certificates in an argument, or everything that is wrong with it. */
export interface Certificates {
    certificates: X509Certificate[];
    problems: string[];
}

/** What an argument has to hold, for its problems. */
export interface Wanted {
    /** The argument's name. */
    at: string;
    /** What it should have been. */
    expected: string;
    /** Why a private key has no place there. */
    secret: string;
}

/** Reads the certificates in a PEM text. No problem quotes the text: it may be a private key. */
export function readCertificates(pem: string, { at, expected, secret }: Wanted): Certificates {
    if (!/^-----BEGIN CERTIFICATE-----/m.test(pem)) {
        return refused(`${at} has no PEM certificate; expected ${expected}`);
    }
    const { blocks, problem } = pemBlocks(pem);
    const labels = blocks.map(({ label }) => label);
    if (/PRIVATE KEY/.test(pem)) {
        return refused(`${at} has a private key${secret}`);
    }
    if (problem !== undefined) {
        return refused(`${at}: ${problem}; expected ${expected}`);
    }
    const other = labels.findIndex((label) => label !== "CERTIFICATE");
    if (other >= 0) {
        return refused(
            `${at}: block ${other + 1} is "${labels[other] ?? ""}"; expected ${expected}`,
        );
    }
    const certificates: X509Certificate[] = [];
    const problems: string[] = [];
    blocks.forEach(({ text, bytes }, index) => {
        const certificate = certificateIn(text, bytes);
        if (certificate === undefined) {
            problems.push(
                `${at}: block ${index + 1} is no X.509 certificate; expected ${expected}; next: openssl x509 -text -noout, with that block alone`,
            );
        } else {
            certificates.push(certificate);
        }
    });
    return { certificates, problems };
}

function refused(problem: string): Certificates {
    return { certificates: [], problems: [problem] };
}

/** Bytes behind a certificate and a time of month 13 are passed over by OpenSSL and refused by Go, so they are refused here. */
function certificateIn(text: string, bytes: number): X509Certificate | undefined {
    try {
        const certificate = new X509Certificate(text);
        const times = [certificate.validFrom, certificate.validTo].map(Date.parse);
        return certificate.raw.length === bytes && !times.some(Number.isNaN)
            ? certificate
            : undefined;
    } catch {
        return undefined;
    }
}

/** A certificate's subject on one line. It is somebody else's text: harmless characters only, and not too many. */
export function subjectOf({ subject }: X509Certificate): string {
    return harmless(subject);
}

/** Who signed a certificate, by its own account. */
export function issuerOf({ issuer }: X509Certificate): string {
    return harmless(issuer);
}

/** The names that a certificate is valid for. */
export function namesOf({ subjectAltName }: X509Certificate): string {
    return harmless(subjectAltName);
}

/** Somebody else's text on one line: harmless characters only, and not too many. */
export function harmless(text: string | undefined): string {
    const line = (text ?? "").replace(/\n/g, ", ").replace(/[^-A-Za-z0-9 .,:=@/*_+]/g, "?");
    return line.length > 200 ? `${line.slice(0, 200)}...` : line;
}

/** What is no CA certificate where only those have a place, each as a problem. */
export function notCaProblems(
    certificates: X509Certificate[],
    at: string,
    expected: string,
    isAllowed: (certificate: X509Certificate) => boolean = () => false,
): string[] {
    return certificates.flatMap((certificate, index) =>
        certificate.ca || isAllowed(certificate)
            ? []
            : [
                  `${at}: certificate ${index + 1} (${subjectOf(certificate)}) is no CA certificate; expected ${expected}; next: openssl x509 -text -noout, and look for CA:TRUE`,
              ],
    );
}

/** Whether a CA may stand above so many others of a chain. */
type MayStandAbove = (ca: X509Certificate, others: number) => boolean;

/** As many signatures as Go verifies for one chain. CAs of one name and key would be tried in every order. */
const MOST_SIGNATURES = 100;

/** True when one of the certificates in the bundle vouches for the first one, directly or through others of the chain. */
export function isChained(
    [leaf, ...others]: X509Certificate[],
    bundle: X509Certificate[],
    mayStandAbove: MayStandAbove = () => true,
): boolean {
    let left = MOST_SIGNATURES;
    const isAbove = (ca: X509Certificate, way: X509Certificate[]): boolean => {
        const certificate = way[way.length - 1];
        return (
            certificate !== undefined &&
            ca.ca &&
            certificate.checkIssued(ca) &&
            mayStandAbove(ca, way.length - 1) &&
            left-- > 0 &&
            certificate.verify(ca.publicKey)
        );
    };
    return leaf !== undefined && leadsTo([leaf], distinct(others), bundle, isAbove);
}

/** The same certificate again leads nowhere else, and ten of them would be tried in every order. */
function distinct(certificates: X509Certificate[]): X509Certificate[] {
    return certificates.filter(
        (each, at) => certificates.findIndex((other) => isSame(each, other)) === at,
    );
}

/** Whether the last certificate of a way is the bundle's, or leads there through others. */
function leadsTo(
    way: X509Certificate[],
    others: X509Certificate[],
    bundle: X509Certificate[],
    isAbove: (ca: X509Certificate, way: X509Certificate[]) => boolean,
): boolean {
    const certificate = way[way.length - 1];
    return (
        bundle.some(
            (ca) => (certificate !== undefined && isSame(certificate, ca)) || isAbove(ca, way),
        ) ||
        others.some(
            (next) =>
                isAbove(next, way) &&
                leadsTo(
                    [...way, next],
                    others.filter((other) => other !== next),
                    bundle,
                    isAbove,
                ),
        )
    );
}

/** True when a CA has signed a certificate. */
export function isIssuedBy(certificate: X509Certificate, ca: X509Certificate): boolean {
    return ca.ca && certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
}

/** True for two certificates that are the same. */
export function isSame(one: X509Certificate, other: X509Certificate): boolean {
    return one.raw.equals(other.raw);
}

/** Clocks differ a little, and a certificate may have been issued a moment ago. */
const TOLERANCE = 5 * 60_000;

/** When a certificate is not valid, as the end of a sentence about it; undefined when it is. */
export function invalidNow(certificate: X509Certificate, now: Date): string | undefined {
    const [from, to] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
    if (now.getTime() > to.getTime()) {
        return `expired on ${rfc3339(to)}`;
    }
    return now.getTime() + TOLERANCE < from.getTime()
        ? `is valid only from ${rfc3339(from)} on`
        : undefined;
}

function rfc3339(time: Date): string {
    return time.toISOString().replace(/\.\d+Z$/, "Z");
}

/** How long a certificate is valid as a whole, and when it expires, RFC 3339; of none, which only mocks let through, no time. */
export function lifeIn(certificate: X509Certificate | undefined): {
    hours: number;
    notAfter: string;
} {
    if (certificate === undefined) {
        return { hours: 1, notAfter: "" };
    }
    const [from, to] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
    return { hours: (to.getTime() - from.getTime()) / 3_600_000, notAfter: rfc3339(to) };
}

/** The certificates of a PEM text that has been looked at before; none where it has others. */
export function certificatesOf(pem: string | undefined): X509Certificate[] {
    return readCertificates(pem ?? "", { at: "", expected: "", secret: "" }).certificates;
}

/** The certificate that ends last, or undefined of none. */
export function latest(certificates: X509Certificate[]): X509Certificate | undefined {
    const end = ({ validTo }: X509Certificate): number => Date.parse(validTo);
    return [...certificates].sort((one, other) => end(other) - end(one))[0];
}
