import type * as pulumi from "@pulumi/pulumi";
import { isDnsSubdomain } from "../nodes/addresses";
import { secretNameProblems } from "../nodes/dnsNameProblems";
import { caProblems } from "../shared/caProblems";
import type { Owner } from "../shared/invalidArguments";
import { checkLate, knownTexts, type Fitting, type Texts } from "../shared/lateCheck";
import type { CertManagerArgs } from "./certManagerArgs";
import { CA_NAME, GROUP } from "./names";

const SECRET = "certManager.secretName";
const NAME = "certManager.issuer.name";
const KIND = "certManager.issuer.kind";
const OF_GROUP = "certManager.issuer.group";
const CA = "certManager.caBundlePem";

/** Everything that is wrong with what cert-manager is to do, as far as it is known. */
export function certManagerProblems(args: CertManagerArgs): string[] {
    return problemsOf(knownTexts(fittingOf(args)));
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
        problems: problemsOf,
    };
}

function problemsOf(known: Texts): string[] {
    return [
        ...secretNameProblems(SECRET, known[SECRET]),
        ...(known[SECRET] === CA_NAME
            ? [
                  `${SECRET} is "${CA_NAME}", where the CA of the package's own has its key; expected another name`,
              ]
            : []),
        ...notName(NAME, known[NAME], "an issuer"),
        ...notName(OF_GROUP, known[OF_GROUP], "an API group"),
        ...kindProblems(known[KIND], known[OF_GROUP] ?? GROUP),
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

function kindProblems(kind: string | undefined, group: string): string[] {
    if (kind === undefined) {
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
