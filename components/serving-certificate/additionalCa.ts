import * as pulumi from "@pulumi/pulumi";
import { caProblems } from "../shared/caProblems";
import { refuse, type Owner } from "../shared/invalidArguments";
import { peek, valueNow } from "../shared/knownNow";
import { joinPem } from "../shared/pem";
import type { CertificateSettingsArgs } from "./servingCertificateArgs";

type Args = Pick<CertificateSettingsArgs, "additionalCaPem">;

/** What is wrong with the CA certificates beside those of the source, when they are known. */
export function additionalCaProblems({ additionalCaPem }: Args): string[] {
    return caProblems("additionalCaPem", valueNow(peek(additionalCaPem)));
}

/** The CA certificates of a source, PEM, and those beside them, which are looked at again when they were not known before. */
export function withAdditionalCa(
    { component, name }: Owner,
    { additionalCaPem }: Args,
    caCertificatePem: pulumi.Output<string>,
): pulumi.Output<string> {
    return additionalCaPem === undefined
        ? caCertificatePem
        : pulumi.all([caCertificatePem, additionalCaPem]).apply(([own, more]) => {
              refuse(component, name, caProblems("additionalCaPem", more));
              return joinPem([own, more]);
          });
}
