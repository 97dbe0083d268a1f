import type * as pulumi from "@pulumi/pulumi";
import { secretNameProblems } from "../nodes/dnsNameProblems";
import { caProblems } from "../shared/caProblems";
import { certificatesOf, latest, lifeIn } from "../shared/certificates";
import type { Owner } from "../shared/invalidArguments";
import { behind } from "../shared/knownNow";
import { checkLate, knownTexts, type Fitting, type Texts } from "../shared/lateCheck";
import { joinPem } from "../shared/pem";
import { foreignLifetime, noticeProblems } from "./certificateProfile";
import { missing } from "./missing";
import type { EndingCertificate } from "./renewal";
import type { CertificateSettingsArgs, ExistingSecretArgs } from "./servingCertificateArgs";

const NAME = "existingSecret.name";
const CA = "existingSecret.caCertificatePem";
const DAYS_30 = 720;

/** A Secret that somebody else keeps, as the rest of the package sees it. Nobody reads its key. */
export interface ExistingSecret {
    name: pulumi.Output<string>;
    /** The CA certificates that verify its certificate, PEM, without `additionalCaPem`. */
    caCertificatePem: pulumi.Output<string>;
    /** When the CA certificate that ends last expires, RFC 3339. */
    caNotAfter: pulumi.Output<string>;
    /** Fails, with all problems, when something that became known late cannot be used. */
    checked: Promise<void>;
}

/** Everything that is wrong with the arguments about a Secret, as far as it is known. */
export function existingSecretProblems(args: CertificateSettingsArgs): string[] {
    const { existingSecret, renewBeforeHours } = args;
    return [
        ...noticeProblems(renewBeforeHours),
        ...missing("existingSecret", existingSecret, {
            name: "the name of a Secret in kube-system",
            caCertificatePem: "the CA certificates that verify its certificate, PEM",
        }),
        ...(existingSecret === undefined ? [] : problemsOf(knownTexts(fittingOf(existingSecret)))),
    ];
}

/** The Secret, looked at again when it was not known before. */
export function existingSecretOf(owner: Owner, secret: ExistingSecretArgs): ExistingSecret {
    const checked = checkLate(owner, fittingOf(secret));
    const ca = behind(secret.caCertificatePem, checked);
    return {
        name: behind(secret.name, checked),
        caCertificatePem: ca.apply((pem) => joinPem([pem])),
        caNotAfter: ca.apply((pem) => lifeIn(latest(certificatesOf(pem))).notAfter),
        checked,
    };
}

function fittingOf({ name, caCertificatePem }: ExistingSecretArgs): Fitting {
    return { needed: { [NAME]: name, [CA]: caCertificatePem }, problems: problemsOf };
}

function problemsOf(known: Texts): string[] {
    return [...secretNameProblems(NAME, known[NAME]), ...caProblems(CA, known[CA])];
}

/** What ends when, and what to do then, given what the last check saw being served. What it did not see is left out. */
export function existingSecretEndings(
    secret: { name: string; caNotAfter: string },
    served: { notAfter: string; hours: number },
    renewBeforeHours: number | undefined,
): EndingCertificate[] {
    const all: EndingCertificate[] = [
        {
            what: `the certificate in Secret kube-system/${secret.name}, as the last check saw it,`,
            notAfter: served.notAfter,
            lifetime: foreignLifetime(served.hours, renewBeforeHours),
            next: "renew it where it was made; no `pulumi up` is needed for that, and --replace of the last check looks again",
        },
        {
            what: "the CA certificate in existingSecret",
            notAfter: secret.caNotAfter,
            lifetime: { validityHours: 2 * DAYS_30, renewBeforeHours: DAYS_30 },
            next: `give its successor in ${CA}, beside the one that ends`,
        },
    ];
    return all.filter(({ notAfter }) => notAfter !== "");
}
