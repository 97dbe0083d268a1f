import { isTime } from "../shared/facts";
import { isObject, lastJsonLine } from "../ssh/lastJsonLine";

/** What the last check saw metrics-server serve. */
export interface Served {
    /** When the certificate expires, RFC 3339; of several pods the first. Empty where nobody looked. */
    notAfter: string;
    /** Hours that it is valid as a whole. */
    hours: number;
}

/** The result from what the script printed. What has another form is nothing. */
export function servedNow(stdout: string | undefined): Served {
    const { notBefore, notAfter } = parsed(stdout);
    return isTime(notBefore) && isTime(notAfter)
        ? { notAfter, hours: (Date.parse(notAfter) - Date.parse(notBefore)) / 3_600_000 }
        : { notAfter: "", hours: 1 };
}

/** Nothing under the mocks of a user's unit tests, where no command prints anything. */
function parsed(stdout: string | undefined): Record<string, unknown> {
    try {
        const { servingCertificate } = lastJsonLine(stdout ?? "");
        return isObject(servingCertificate) ? servingCertificate : {};
    } catch {
        return {};
    }
}
