import type { X509Certificate } from "node:crypto";
import { harmless, invalidNow, isChained, isSame, subjectOf } from "./certificates";
import { nameConstraintsOf, permits, permitsAddress } from "./nameConstraints";
import { hasKeyForGo, isSignedForGo, pathLengthOf } from "./signed";

/** The extended key usage of a certificate that serves. */
export const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const ANY_USE = "2.5.29.37.0";

/** True for a certificate that may be used to serve, as far as its extended key usage says. */
export function mayServe({ keyUsage }: X509Certificate): boolean {
    const usages = keyUsage as string[] | undefined;
    return usages === undefined || usages.some((usage) => [SERVER_AUTH, ANY_USE].includes(usage));
}

/** Why no way from a certificate to the bundle is one that the API server takes; undefined when there is one. */
export function uselessAuthorities(
    leaf: X509Certificate,
    others: X509Certificate[],
    bundle: X509Certificate[],
    now: Date,
): string | undefined {
    const why = (ca: X509Certificate) => (isSame(ca, leaf) ? undefined : whyUseless(ca, leaf, now));
    // Nobody looks at how a CA of the bundle was signed: it is trusted.
    const whyBetween = (ca: X509Certificate) => why(ca) ?? weakness(ca);
    const between = others.filter((ca) => whyBetween(ca) === undefined);
    const above = bundle.filter((ca) => why(ca) === undefined);
    if (isChained([leaf, ...between], above, mayStandAbove)) {
        return undefined;
    }
    const longest = others.filter((ca) => !isSame(ca, leaf)).length;
    const reasons = [
        ...others.map((ca) => [ca, whyBetween(ca)] as const),
        ...bundle.map((ca) => [ca, why(ca)] as const),
    ].flatMap(([ca, reason]) => {
        const said = reason ?? shortness(ca, longest);
        return said === undefined ? [] : [`${subjectOf(ca)}, which ${said}`];
    });
    return [...new Set(reasons)].join("; ");
}

function mayStandAbove(ca: X509Certificate, others: number): boolean {
    return others <= (pathLengthOf(ca) ?? others);
}

function shortness(ca: X509Certificate, others: number): string | undefined {
    const length = pathLengthOf(ca);
    return length !== undefined && length < others
        ? `permits ${length} CAs below it (path length)`
        : undefined;
}

function weakness(certificate: X509Certificate): string | undefined {
    return isSignedForGo(certificate) ? undefined : "was signed in a way that Go does not take";
}

/** What keeps the API server from taking a CA's word for a certificate. */
function whyUseless(ca: X509Certificate, leaf: X509Certificate, now: Date): string | undefined {
    const constraints = nameConstraintsOf(ca);
    const text = leaf.subjectAltName ?? "";
    const names = text.match(/(?<=DNS:)[^,\s]+/g) ?? [];
    const addresses = text.match(/(?<=IP Address:)[^,\s]+/g) ?? [];
    const refused =
        constraints &&
        (names.find((name) => !permits(constraints, name)) ??
            addresses.find((address) => !permitsAddress(constraints, address)));
    return (
        invalidNow(ca, now) ??
        (hasKeyForGo(ca) ? undefined : "has a key that Go does not verify with") ??
        (mayServe(ca) ? undefined : "has extended key usages without serverAuth") ??
        (constraints?.unknown === true ? "has name constraints that Go cannot use" : undefined) ??
        (refused === undefined
            ? undefined
            : `has name constraints that do not permit ${harmless(refused)}`)
    );
}
