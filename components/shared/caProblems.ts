import { readCertificates, subjectOf } from "./certificates";

/** What is wrong with CA certificates that the API server is to trust, when they are known. */
export function caProblems(at: string, pem: string | undefined): string[] {
    if (pem === undefined) {
        return [];
    }
    const expected = "CA certificates, PEM";
    const { certificates, problems } = readCertificates(pem, {
        at,
        expected,
        secret: `, and everybody may read it; expected ${expected}`,
    });
    return [
        ...problems,
        ...certificates.flatMap((certificate, index) =>
            certificate.ca
                ? []
                : [
                      `${at}: certificate ${index + 1} (${subjectOf(certificate)}) is no CA certificate; expected the CA that signs the serving certificate; next: openssl x509 -text -noout, and look for CA:TRUE`,
                  ],
        ),
    ];
}
