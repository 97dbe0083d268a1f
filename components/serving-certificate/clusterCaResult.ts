import { createPublicKey, type X509Certificate } from "node:crypto";
import { certificatesOf, isChained, issuerOf, namesOf, subjectOf } from "../shared/certificates";
import { digest } from "../shared/digest";
import { underMocks } from "../shared/underMocks";
import { servingPairProblems } from "../shared/servingPair";
import { SERVER_AUTH } from "../shared/usableAuthorities";

/** What was asked for, and who was asked. */
export interface Asked {
    /** The node where the cluster's CA signed. */
    node: string;
    /** The public key of the request, PEM. */
    publicKey: string;
    /** The DNS names, the verified one first. */
    names: string[];
    /** When the certificate ends, RFC 3339. */
    notAfter: string;
    /** Each CA certificate that the cluster publishes, PEM; with none nothing is compared. */
    published: string[];
}

/** Everything that is wrong with what a node says that the cluster's CA signed. Nothing of its text is ever our advice. */
export function signedProblems(
    { certificate, ca }: { certificate: string; ca: string },
    asked: Asked,
    now = new Date(),
): string[] {
    // A provider of a user's unit test computes nothing.
    if (certificate === "" && ca === "" && underMocks()) {
        return [];
    }
    const at = {
        certificate: `the certificate that node ${asked.node} gave`,
        key: "",
        bundle: `the CA that node ${asked.node} gave`,
        bundleExpected: "the cluster's CA certificates, PEM",
    };
    const hosts = asked.names.slice(0, 1);
    const pair = { certificate, key: undefined, bundle: ca };
    const problems = servingPairProblems(pair, hosts, at, now);
    const [leaf, ...others] = certificatesOf(certificate);
    const [signer] = certificatesOf(ca);
    const all =
        problems.length > 0 || leaf === undefined || signer === undefined
            ? problems
            : [
                  ...(others.length === 0
                      ? []
                      : [`${at.certificate} has others behind it; expected one alone`]),
                  ...leafProblems(leaf, at.certificate, asked),
                  ...signerProblems(leaf, signer, at.bundle, asked),
              ];
    return all.map((problem) => `${problem}${nextOn(asked.node)}`);
}

function nextOn(node: string): string {
    return `; next: find out who changes what node ${node} answers, then pulumi up --replace with the URN of the command that signs`;
}

function leafProblems(leaf: X509Certificate, at: string, asked: Asked): string[] {
    const wanted = asked.names.map((name) => `DNS:${name}`).sort();
    const has = (leaf.subjectAltName ?? "").split(", ").sort();
    const usages = (leaf.keyUsage as string[] | undefined) ?? [];
    const end = new Date(leaf.validTo).getTime();
    return [
        ...(createPublicKey(asked.publicKey).equals(leaf.publicKey)
            ? []
            : [`${at} is for another key than the request's; expected the same`]),
        ...(wanted.join() === has.join()
            ? []
            : [`${at} is for ${namesOf(leaf)}; expected ${wanted.join(", ")} and nothing else`]),
        ...(leaf.subject === `CN=${asked.names[0] ?? ""}`
            ? []
            : [`${at} has the subject ${subjectOf(leaf)}; expected CN=${asked.names[0] ?? ""}`]),
        ...(leaf.ca ? [`${at} is a CA certificate; expected CA:FALSE`] : []),
        ...(usages.join() === SERVER_AUTH
            ? []
            : [`${at} may be used for more than serving; expected serverAuth alone`]),
        ...(end === Math.floor(Date.parse(asked.notAfter) / 1000) * 1000
            ? []
            : [`${at} ends on ${new Date(end).toISOString()}; expected ${asked.notAfter}`]),
    ];
}

/** The first CA certificate has to be the one that signed, and the cluster's as everybody sees it. */
function signerProblems(
    leaf: X509Certificate,
    signer: X509Certificate,
    at: string,
    { published }: Asked,
): string[] {
    const sha256 = digest(signer.raw);
    const expected = digestsOf(published);
    return [
        // A serving certificate may stand for itself elsewhere, not here.
        ...(signer.ca ? [] : [`${at} begins with no CA certificate; expected the CA that signed`]),
        ...(isChained([leaf], [signer])
            ? []
            : [
                  `${at} begins with ${subjectOf(signer)}, and the certificate was issued by ${issuerOf(leaf)}; expected the CA that signed`,
              ]),
        ...(expected.length === 0 || expected.includes(sha256)
            ? []
            : [
                  `${at} has SHA-256 ${sha256}, and the cluster publishes ${expected.join(" ")}; expected it among them`,
              ]),
    ];
}

/** SHA-256 of each of some certificates, in lower-case hex, sorted. */
export function digestsOf(pems: string[]): string[] {
    return pems
        .flatMap(certificatesOf)
        .map(({ raw }) => digest(raw))
        .sort();
}
