import {
    invalidNow,
    notCaProblems,
    readCertificates,
    subjectOf,
    type Certificates,
} from "./certificates";

/** What an argument with CA certificates has to hold, for its problems. */
export interface WantedAuthorities {
    /** The argument's name. */
    at: string;
    /** Why a private key has no place there. */
    secret: string;
    /** Which CA is meant. */
    ca: string;
    /** Which of its certificates has to be valid. */
    today: string;
    /** Where it is found. */
    copy: string;
}

/** CA certificates in a PEM text, or everything that is wrong with it. Old ones may stay; one at least has to be valid now. */
export function readAuthorities(pem: string, wanted: WantedAuthorities): Certificates {
    const read = readCertificates(pem, {
        at: wanted.at,
        expected: "-----BEGIN CERTIFICATE----- …",
        secret: wanted.secret,
    });
    return read.problems.length > 0
        ? read
        : { ...read, problems: authorityProblems(read, wanted, new Date()) };
}

function authorityProblems(
    { certificates }: Certificates,
    { at, ca, today, copy }: WantedAuthorities,
    now: Date,
): string[] {
    const leaves = notCaProblems(certificates, at, ca);
    const ended = certificates.flatMap((certificate) => {
        const why = invalidNow(certificate, now);
        return why === undefined ? [] : [`${subjectOf(certificate)} ${why}`];
    });
    return leaves.length === 0 && ended.length === certificates.length
        ? [
              `${at} has no certificate that is valid now: ${ended.join("; ")}; expected ${today}; next: ${copy}`,
          ]
        : leaves;
}
