import { notCaProblems, readCertificates } from "./certificates";

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
        ...notCaProblems(certificates, at, "the CA that signs the serving certificate"),
    ];
}
