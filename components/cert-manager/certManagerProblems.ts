import type * as pulumi from "@pulumi/pulumi";
import { isDnsSubdomain } from "../nodes/addresses";
import { secretNameProblems } from "../nodes/dnsNameProblems";
import { caProblems } from "../shared/caProblems";
import type { Owner } from "../shared/invalidArguments";
import { checkLate, knownTexts, type Fitting, type Texts } from "../shared/lateCheck";
import type { CertManagerArgs } from "./certManagerArgs";
import { CA_NAME, GROUP, SELF_SIGNED } from "./names";

const SECRET = "certManager.secretName";
const NAME = "certManager.issuer.name";
const KIND = "certManager.issuer.kind";
const OF_GROUP = "certManager.issuer.group";
const CA = "certManager.caBundlePem";

/** Everything that is wrong with what cert-manager is to do, as far as it is known. */
export function certManagerProblems(args: CertManagerArgs): string[] {
    const fitting = fittingOf(args);
    return fitting.problems(knownTexts(fitting));
}

/** Ends well when it is all right, also when it becomes known late. */
export function checkCertManager(owner: Owner, args: CertManagerArgs): Promise<void> {
    return checkLate(owner, fittingOf(args));
}

function fittingOf({ issuer, secretName, caBundlePem }: CertManagerArgs): Fitting {
    const needed: Record<string, pulumi.Input<string>> = {
        ...(issuer !== undefined && { [NAME]: issuer.name }),
        ...(caBundlePem !== undefined && { [CA]: caBundlePem }),
    };
    return {
        needed,
        optional: { [SECRET]: secretName, [KIND]: issuer?.kind, [OF_GROUP]: issuer?.group },
        problems: (known) => problemsOf(known, issuer?.group !== undefined),
    };
}

function problemsOf(known: Texts, hasGroup: boolean): string[] {
    const group = known[OF_GROUP] ?? (hasGroup ? undefined : GROUP);
    return [
        ...secretNameProblems(SECRET, known[SECRET]),
        ...(known[SECRET] === CA_NAME
            ? [
                  `${SECRET} is "${CA_NAME}", where the CA of the package's own has its key; expected another name`,
              ]
            : []),
        ...notName(NAME, known[NAME], "an issuer"),
        ...notName(OF_GROUP, known[OF_GROUP], "an API group"),
        ...kindProblems(known[KIND], group),
        ...ownIssuerProblems(known[NAME], known[KIND] ?? "Issuer", group),
        ...caProblems(CA, known[CA]),
    ];
}

function notName(at: string, value: string | undefined, what: string): string[] {
    return value === undefined || isDnsSubdomain(value)
        ? []
        : [
              `${at} is no name of ${what}; expected a lower-case DNS name; it is not shown, since a key may have got there`,
          ];
}

/** They go with the run that names one. */
function ownIssuerProblems(
    name: string | undefined,
    kind: string,
    group: string | undefined,
): string[] {
    return group === GROUP && kind === "Issuer" && [CA_NAME, SELF_SIGNED].includes(name ?? "")
        ? [
              `${NAME} is "${name ?? ""}", which the package makes where no issuer is given; expected one of somebody else's; next: remove certManager.issuer, or name another one`,
          ]
        : [];
}

/** What is wrong with a kind; of a group that is not known yet, nothing. */
function kindProblems(kind: string | undefined, group: string | undefined): string[] {
    if (kind === undefined || group === undefined) {
        return [];
    }
    if (group === GROUP) {
        return ["Issuer", "ClusterIssuer"].includes(kind)
            ? []
            : [
                  `${KIND} is none of cert-manager's; expected Issuer or ClusterIssuer, or ${OF_GROUP} of another issuer`,
              ];
    }
    return /^[A-Za-z][A-Za-z0-9]{0,62}$/.test(kind)
        ? []
        : [`${KIND} is no kind; expected one of ${OF_GROUP}: letters and digits`];
}
