import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import {
    firstRenewal,
    warnOfEndings,
    type EndingCertificate,
} from "../serving-certificate/renewal";
import type { CertificateOutputs } from "./served";
import { servedNow, type Served } from "./servedNow";

/** What the last check printed, which is no secret. */
export function printed(lastCheck: remote.Command | undefined): pulumi.Output<string> {
    return pulumi.unsecret(lastCheck?.stdout ?? pulumi.output(""));
}

/** The end of what the last check saw being served, and from when on somebody has to see to it; runs warn of what `isToTell`. */
export function seenEnd(
    parent: pulumi.Resource,
    lastCheck: remote.Command | undefined,
    endingsOf: (served: Served) => pulumi.Input<EndingCertificate[]>,
    isToTell: (ending: EndingCertificate) => boolean = () => true,
): Pick<CertificateOutputs, "notAfter" | "renewalTime"> {
    const served = printed(lastCheck).apply(servedNow);
    const ending = served.apply((now) => pulumi.output(endingsOf(now)));
    ending.apply((all) => warnOfEndings(parent, all.filter(isToTell)));
    return {
        notAfter: served.apply(({ notAfter }) => notAfter),
        renewalTime: ending.apply(firstRenewal),
    };
}
