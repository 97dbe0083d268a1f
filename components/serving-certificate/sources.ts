import { additionalCaProblems } from "./additionalCa";
import { CLUSTER_CA } from "./clusterCa";
import { certManagerSourceProblems } from "./certManager";
import { existingSecretProblems } from "./existingSecret";
import { GIVEN } from "./given";
import { GIVEN_CA } from "./givenCa";
import { OWN, ownCaSettings } from "./own";
import { CertificateSource, type CertificateSettingsArgs } from "./servingCertificateArgs";
import type { CertificateSource as Source, ServiceNames } from "./source";

/** The sources that make or take a certificate in the program. */
const IN_PROGRAM = {
    [CertificateSource.Own]: OWN,
    [CertificateSource.GivenCa]: GIVEN_CA,
    [CertificateSource.Given]: GIVEN,
    [CertificateSource.ClusterCa]: CLUSTER_CA,
} as const satisfies Partial<Record<CertificateSource, Source>>;

/** For the arguments about the package's own CA: `includeOwnCa` has it beside any other source. */
const OWN_CA = [CertificateSource.Own];

/** The sources that are in the cluster: there is nothing to make in the program. */
const IN_CLUSTER = {
    [CertificateSource.ExistingSecret]: existingSecretProblems,
    [CertificateSource.CertManager]: certManagerSourceProblems,
} as const;

/** The sources that each argument belongs to. One that is not here belongs to all. */
const BELONGS: Partial<Record<keyof CertificateSettingsArgs, CertificateSource[]>> = {
    givenCa: [CertificateSource.GivenCa],
    given: [CertificateSource.Given],
    existingSecret: [CertificateSource.ExistingSecret],
    certManager: [CertificateSource.CertManager],
    validityHours: [CertificateSource.Own, CertificateSource.GivenCa, CertificateSource.ClusterCa],
    caValidityHours: OWN_CA,
    caRenewBeforeHours: OWN_CA,
    caKeyGenerations: OWN_CA,
    activeCaKeyGeneration: OWN_CA,
};

/** Whether the package's own CA is made although it does not sign. */
export function includesOwnCa(args: CertificateSettingsArgs): boolean {
    return args.includeOwnCa === true && sourceOf(args) !== CertificateSource.Own;
}

/** Where the certificate comes from when nobody says. */
export function sourceOf({ source }: CertificateSettingsArgs): CertificateSource {
    return source ?? CertificateSource.Own;
}

/** What makes the certificate of these arguments. */
export function sourceInProgram(args: CertificateSettingsArgs): Source {
    const source = sourceOf(args);
    if (isInCluster(source)) {
        throw new Error(`source ${source} makes no certificate`);
    }
    return IN_PROGRAM[source];
}

/** Whether the certificate comes from the cluster, and never into the program. */
export function isInCluster(source: CertificateSource): source is keyof typeof IN_CLUSTER {
    return source in IN_CLUSTER;
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
        ...(isInCluster(source)
            ? IN_CLUSTER[source](args)
            : IN_PROGRAM[source].problems(args, service)),
        ...(includesOwnCa(args)
            ? OWN.problems({ ...ownCaSettings(args), renewBeforeHours: 0 }, service)
            : []),
        ...additionalCaProblems(args),
    ];
}

/** Arguments that belong to another source: they would be without effect, and somebody meant something with them. */
function strangers(args: CertificateSettingsArgs, source: CertificateSource): string[] {
    return Object.entries(BELONGS).flatMap(([name, sources]) =>
        args[name as keyof CertificateSettingsArgs] === undefined ||
        sources.includes(source) ||
        (sources === OWN_CA && includesOwnCa(args))
            ? []
            : [
                  `${name} belongs to source ${sources.join(", ").replace(/, (\w+)$/, " or $1")}, and source is ${source}; expected it not to be set; next: remove ${name}, or set source to "${sources[0] ?? ""}"`,
              ],
    );
}
