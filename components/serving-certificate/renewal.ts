import * as pulumi from "@pulumi/pulumi";
import { isTime } from "../shared/facts";
import { quoteForeign } from "../shared/foreignText";
import { warnInPassing } from "../shared/log";
import type { Lifetime } from "./certificateProfile";

const HOUR = 3_600_000;
/** The README asks for a `pulumi up` at least monthly, so what begins within this many days has to be said now. */
const NOTICE_DAYS = 31;

/** A certificate that a `pulumi up` renews, or somebody else. */
export interface EndingCertificate {
    /** What it is, as a sentence begins. */
    what: string;
    /** When it expires, RFC 3339. */
    notAfter: string;
    lifetime: Lifetime;
    /** What to do where no `pulumi up` alone renews it. */
    next?: string | undefined;
}

/** The same where its end, and how long it lives, are known later. */
interface EndingLater extends Omit<EndingCertificate, "notAfter" | "lifetime"> {
    notAfter: pulumi.Output<string>;
    lifetime: pulumi.Input<Lifetime>;
}

/** Certificates whose ends are known later. One that does not say when it ends is left out, as under the mocks of a unit test. */
export function endings(certificates: EndingLater[]): pulumi.Output<EndingCertificate[]> {
    const all = certificates.map(({ what, notAfter, lifetime, next }) =>
        pulumi.all([notAfter, lifetime]).apply(([end, life]): EndingCertificate => ({
            what,
            notAfter: end,
            lifetime: life,
            next,
        })),
    );
    return pulumi
        .all(all)
        .apply((known) =>
            known.filter(({ notAfter }) => ((notAfter as string | undefined) ?? "") !== ""),
        );
}

/** From when on a `pulumi up` renews a certificate, RFC 3339 in UTC. */
export function renewalTime(notAfter: string, { renewBeforeHours }: Lifetime): string {
    const end = Date.parse(notAfter);
    if (!isTime(notAfter)) {
        throw new Error(
            `a certificate ends on ${quoteForeign(notAfter)}; expected a time as RFC 3339 has it; next: pulumi refresh`,
        );
    }
    return rfc3339(new Date(end - renewBeforeHours * HOUR));
}

/** The first of several times, RFC 3339; nothing of none. */
export function earliest([first = "", ...others]: string[]): string {
    return others.reduce(
        (soonest, time) => (Date.parse(time) < Date.parse(soonest) ? time : soonest),
        first,
    );
}

/** What to say about a certificate whose renewal is due, or will be before the next monthly run; otherwise nothing. */
export function renewalWarning(certificate: EndingCertificate, now: Date): string | undefined {
    const { what, notAfter, lifetime, next } = certificate;
    const from = renewalTime(notAfter, lifetime);
    if (next !== undefined) {
        return foreignWarning(certificate, from, now);
    }
    if (now.getTime() >= Date.parse(notAfter)) {
        return `${what} expired on ${notAfter}; expected a \`pulumi up\` from ${from} on; next: pulumi up`;
    }
    if (now.getTime() >= Date.parse(from)) {
        return `${what} expires on ${notAfter}; it is inside its renewal window; next: pulumi up`;
    }
    if (Date.parse(from) - now.getTime() > noticeOf(lifetime)) {
        return undefined;
    }
    return lifetime.renewBeforeHours > 0
        ? `${what} expires on ${notAfter}; next: run \`pulumi up\` after ${from}, and before it expires`
        : `${what} expires on ${notAfter}, and is not renewed before; next: set a renewal window of more than 0 hours`;
}

/** Of what somebody else renews there is nothing to say before its window, and no `pulumi up` alone helps. */
function foreignWarning(
    { what, notAfter, next = "" }: EndingCertificate,
    from: string,
    now: Date,
): string | undefined {
    if (now.getTime() >= Date.parse(notAfter)) {
        return `${what} expired on ${notAfter}; expected its successor from ${from} on; next: ${next}`;
    }
    return now.getTime() >= Date.parse(from)
        ? `${what} expires on ${notAfter}; next: ${next}`
        : undefined;
}

/** A short-lived certificate is always about to be renewed: for it only the last tenth of the time before its window counts. */
function noticeOf({ validityHours, renewBeforeHours }: Lifetime): number {
    return Math.min(NOTICE_DAYS * 24, (validityHours - renewBeforeHours) / 10) * HOUR;
}

function rfc3339(time: Date): string {
    return time.toISOString().replace(/\.\d+Z$/, "Z");
}

/** From when on the first of several certificates has to be renewed, RFC 3339; nothing of none. */
export function firstRenewal(certificates: EndingCertificate[]): string {
    return earliest(certificates.map(({ notAfter, lifetime }) => renewalTime(notAfter, lifetime)));
}

/** Tells whoever runs `pulumi` when the next run is due, or what else has to be done. */
export async function warnOfEndings(
    resource: pulumi.Resource,
    certificates: EndingCertificate[],
): Promise<void> {
    const now = new Date();
    for (const warning of certificates.flatMap((each) => renewalWarning(each, now) ?? [])) {
        await warnInPassing(warning, resource);
    }
}
