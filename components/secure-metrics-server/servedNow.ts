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
