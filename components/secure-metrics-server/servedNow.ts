import { joinPem } from "../shared/pem";
import { readCertificates } from "../shared/certificates";
import { isTime } from "../shared/facts";
import { isObject, lastJsonLineIfAny } from "../ssh/lastJsonLine";

/** What the last check saw metrics-server serve. */
export interface Served {
    /** When the certificate expires, RFC 3339; of several pods the first. Empty where nobody looked. */
    notAfter: string;
    /** Hours that it is valid as a whole. */
    hours: number;
}

/** The result from what the script printed. What has another form is nothing. */
export function servedNow(stdout: string | undefined): Served {
    const { servingCertificate } = lastJsonLineIfAny(stdout);
    const { notBefore, notAfter } = isObject(servingCertificate) ? servingCertificate : {};
    return isTime(notBefore) && isTime(notAfter)
        ? { notAfter, hours: (Date.parse(notAfter) - Date.parse(notBefore)) / 3_600_000 }
        : { notAfter: "", hours: 1 };
}

/** The CA certificates that the last check found in the APIService, PEM; empty where nobody looked. */
export function caBundleNow(stdout: string | undefined): string {
    const { caBundle } = lastJsonLineIfAny(stdout);
    if (typeof caBundle !== "string") {
        return "";
    }
    const pem = joinPem([Buffer.from(caBundle, "base64").toString("latin1")]);
    const { certificates, problems } = readCertificates(pem, { at: "", expected: "", secret: "" });
    // Written anew, because it came from a node.
    return problems.length > 0 ? "" : joinPem(certificates.map(String));
}
