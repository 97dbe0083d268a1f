import { certManagerProblems } from "../cert-manager/certManagerProblems";
import { noticeProblems } from "./certificateProfile";
import type { EndingCertificate } from "./renewal";
import type { CertificateSettingsArgs } from "./servingCertificateArgs";

/** cert-manager renews 30 days before the end; half of that later, something keeps it from it. */
const OVERDUE_HOURS = 360;

/** Everything that is wrong with the arguments about cert-manager, as far as it is known. */
export function certManagerSourceProblems(args: CertificateSettingsArgs): string[] {
    const { certManager = {}, renewBeforeHours, additionalCaPem, includeOwnCa } = args;
    const beside = [
        ...(additionalCaPem === undefined ? [] : ["additionalCaPem"]),
        ...(includeOwnCa === true ? ["includeOwnCa"] : []),
    ];
    return [
        ...noticeProblems(renewBeforeHours),
        ...certManagerProblems(certManager),
        ...(certManager.caBundlePem === undefined ? beside : []).map(
            (at) =>
                `${at} is set, and cainjector writes caBundle; expected it beside certManager.caBundlePem only; next: remove ${at}, or give the CA in certManager.caBundlePem`,
        ),
    ];
}

/** What cert-manager should have renewed, given what the last check saw being served; nothing where nobody looked. */
export function certManagerEndings(
    served: { notAfter: string; hours: number },
    renewBeforeHours: number | undefined,
): EndingCertificate[] {
    const { notAfter, hours: validityHours } = served;
    const overdue = Math.min(OVERDUE_HOURS, Math.floor(validityHours / 6));
    return notAfter === ""
        ? []
        : [
              {
                  what: "the certificate of Certificate kube-system/metrics-server, as the last check saw it,",
                  notAfter,
                  lifetime: { validityHours, renewBeforeHours: renewBeforeHours ?? overdue },
                  next: "cert-manager may have renewed it since: kubectl describe certificate -n kube-system metrics-server; --replace of the last check looks again",
              },
          ];
}

/** Monthly runs know nothing of one that lives less than 90 days: it was renewed since the last check. */
export function isForRuns({ lifetime }: EndingCertificate): boolean {
    return lifetime.validityHours >= 90 * 24;
}
