import type { X509Certificate } from "node:crypto";
import { invalidNow, readCertificates, subjectOf } from "../shared/certificates";
import { nameConstraintsOf, permits, permitsAddress } from "../shared/nameConstraints";
import { serviceCommonName } from "../shared/serviceNames";
import { readPrivateKey } from "../shared/servingPair";
import { mayServe } from "../shared/usableAuthorities";
import type { ExtraNames } from "./extraNames";
import { allDnsNames } from "./servingKey";
import type { ServiceNames } from "./source";

export const CA_CERTIFICATE = "givenCa.certificatePem";
export const CA_KEY = "givenCa.privateKeyPem";

const EXPECTED = "the certificate of one CA, alone";
const LOOK =
    "next: openssl x509 -in <file> -noout -subject -dates -ext basicConstraints,keyUsage,extendedKeyUsage,nameConstraints";

/** A CA that is given, as far as it is known. */
export interface Authority {
    certificate: string | undefined;
    key: string | undefined;
}

/** A Service with all names that its certificate is to have beside the Service's own. */
type NamedService = Omit<ServiceNames, keyof ExtraNames> & ExtraNames;

/** Everything that keeps a CA from signing for a Service. No problem quotes the key. */
export function givenCaProblems(
    { certificate, key }: Authority,
    service: NamedService,
    now = new Date(),
): string[] {
    const read = certificate === undefined ? undefined : readAuthority(certificate);
    const pair = key === undefined ? undefined : readPrivateKey(key, CA_KEY);
    const problems = [...(read?.problems ?? []), ...(pair?.problems ?? [])];
    const [ca] = read?.certificates ?? [];
    if (problems.length > 0 || ca === undefined) {
        return problems;
    }
    return [
        ...authorityProblems(ca, now),
        ...nameProblems(ca, service),
        ...(pair?.key === undefined || ca.checkPrivateKey(pair.key)
            ? []
            : [
                  `${CA_KEY} is not the key of ${CA_CERTIFICATE} (${subjectOf(ca)}); expected the pair; next: compare openssl x509 -in <certificate> -noout -pubkey with openssl pkey -in <key> -pubout`,
              ]),
    ];
}

function readAuthority(pem: string): { certificates: X509Certificate[]; problems: string[] } {
    const read = readCertificates(pem, {
        at: CA_CERTIFICATE,
        expected: EXPECTED,
        secret: `, and everybody may read it; expected ${EXPECTED}, and the key in ${CA_KEY}`,
    });
    const count = read.certificates.length;
    return read.problems.length === 0 && count > 1
        ? {
              certificates: [],
              problems: [
                  `${CA_CERTIFICATE} has ${count} certificates; expected ${EXPECTED}; next: leave out the CAs above it, which need not be trusted; put another CA that has to be trusted, too, into additionalCaPem`,
              ],
          }
        : read;
}

function authorityProblems(ca: X509Certificate, now: Date): string[] {
    const invalid = invalidNow(ca, now);
    const itself = `${CA_CERTIFICATE} (${subjectOf(ca)})`;
    return [
        ...(ca.ca
            ? []
            : [
                  `${itself} is no CA certificate; expected CA:TRUE and, where it has key usages, keyCertSign; ${LOOK}`,
              ]),
        ...(mayServe(ca)
            ? []
            : [
                  `${itself} has extended key usages without serverAuth; expected it among them, or none: the API server would refuse what it signs; ${LOOK}`,
              ]),
        ...(invalid === undefined
            ? []
            : [
                  `${itself} ${invalid}; expected one that is valid now; next: give its successor, and before that put it into additionalCaPem`,
              ]),
    ];
}

/** The names that the CA does not permit are left out, but not those that somebody has to have. */
function nameProblems(ca: X509Certificate, service: NamedService): string[] {
    const constraints = nameConstraintsOf(ca);
    if (constraints === undefined) {
        return [];
    }
    const needed = [
        serviceCommonName(service.serviceName, service.namespace),
        ...service.extraDnsNames,
    ];
    const refused = [
        ...needed.filter((name) => !permits(constraints, name)),
        ...service.extraIpAddresses.filter((address) => !permitsAddress(constraints, address)),
    ];
    return [
        ...(refused.length === 0
            ? []
            : [
                  `${CA_CERTIFICATE} (${subjectOf(ca)}) has name constraints that do not permit ${refused.join(", ")}; expected a CA that may sign for it; ${LOOK}`,
              ]),
        ...(constraints.unknown
            ? [
                  `${CA_CERTIFICATE} (${subjectOf(ca)}) has name constraints that cannot be read, or critical ones of another kind than DNS, IP, email or URI; expected others: the API server would refuse what it signs; ${LOOK}`,
              ]
            : []),
    ];
}

/** The names of a Service that a CA permits, of all that its certificate would have. */
export function permittedNames(
    ca: X509Certificate | undefined,
    service: ServiceNames & { extraDnsNames: string[] },
): string[] {
    const constraints = ca === undefined ? undefined : nameConstraintsOf(ca);
    const names = allDnsNames(service);
    return constraints === undefined ? names : names.filter((name) => permits(constraints, name));
}
