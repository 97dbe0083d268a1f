import { additionalCaProblems } from "./additionalCa";
import { existingSecretProblems } from "./existingSecret";
import { GIVEN } from "./given";
import { GIVEN_CA } from "./givenCa";
import { OWN } from "./own";
import { CertificateSource, type CertificateSettingsArgs } from "./servingCertificateArgs";
import type { CertificateSource as Source, ServiceNames } from "./source";

/** The sources that make or take a certificate in the program. */
const IN_PROGRAM = {
    [CertificateSource.Own]: OWN,
    [CertificateSource.GivenCa]: GIVEN_CA,
    [CertificateSource.Given]: GIVEN,
} as const satisfies Partial<Record<CertificateSource, Source>>;

/** The sources that each argument belongs to. One that is not here belongs to all. */
const BELONGS: Partial<Record<keyof CertificateSettingsArgs, CertificateSource[]>> = {
    givenCa: [CertificateSource.GivenCa],
    given: [CertificateSource.Given],
    existingSecret: [CertificateSource.ExistingSecret],
    validityHours: [CertificateSource.Own, CertificateSource.GivenCa],
    caValidityHours: [CertificateSource.Own],
    caRenewBeforeHours: [CertificateSource.Own],
    caKeyGenerations: [CertificateSource.Own],
    activeCaKeyGeneration: [CertificateSource.Own],
};

/** Where the certificate comes from when nobody says. */
export function sourceOf({ source }: CertificateSettingsArgs): CertificateSource {
    return source ?? CertificateSource.Own;
}

/** What makes the certificate of these arguments. */
export function sourceInProgram(args: CertificateSettingsArgs): Source {
    const source = sourceOf(args);
    if (source === CertificateSource.ExistingSecret) {
        throw new Error("source existingSecret makes no certificate");
    }
    return IN_PROGRAM[source];
}

/** Everything that is wrong with where a certificate comes from, in sentences. */
export function certificateSettingProblems(
    args: CertificateSettingsArgs,
    service: ServiceNames,
): string[] {
    const source = sourceOf(args);
    if (!Object.values<string>(CertificateSource).includes(source)) {
        return [
            `source is "${source}"; expected ${Object.values(CertificateSource)
                .join(", ")
                .replace(/, (\w+)$/, " or $1")}`,
        ];
    }
    return [
        ...strangers(args, source),
        ...(source === CertificateSource.ExistingSecret
            ? existingSecretProblems(args)
            : IN_PROGRAM[source].problems(args, service)),
        ...additionalCaProblems(args),
    ];
}

/** Arguments that belong to another source: they would be without effect, and somebody meant something with them. */
function strangers(args: CertificateSettingsArgs, source: CertificateSource): string[] {
    return Object.entries(BELONGS).flatMap(([name, sources]) =>
        args[name as keyof CertificateSettingsArgs] === undefined || sources.includes(source)
            ? []
            : [
                  `${name} belongs to source ${sources.join(" or ")}, and source is ${source}; expected it not to be set; next: remove ${name}, or set source to "${sources[0] ?? ""}"`,
              ],
    );
}
