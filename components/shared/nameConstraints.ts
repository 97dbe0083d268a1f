import type { X509Certificate } from "node:crypto";
import { BROKEN, extensionOf, values, type Der } from "./der";

/** For which DNS names and addresses a CA may sign. Node reads no name constraints, and Go, which the API server is written in, obeys them. */
export interface NameConstraints {
    /** Without one of them every name that is not excluded is permitted. */
    permitted: string[];
    excluded: string[];
    /** Without one of them every address that is not excluded is permitted. */
    permittedRanges: AddressRange[];
    excludedRanges: AddressRange[];
    /**
     * Go accepts nothing that such a CA has signed: its constraints are critical and of a kind that Go does not know, or they are
     * ones that Go cannot read.
     */
    unknown: boolean;
}

/** A range of addresses: IPv4 has 4 bytes in each, IPv6 has 16. */
export interface AddressRange {
    address: Buffer;
    mask: Buffer;
}

/** The extension of name constraints, 2.5.29.30. */
const NAME_CONSTRAINTS = Buffer.from([0x55, 0x1d, 0x1e]);
const [BOOLEAN, PERMITTED, EXCLUDED] = [0x01, 0xa0, 0xa1];
/** Kinds of names as constraints have them. Our certificates have no addresses of email, and no URIs. */
const [EMAIL, DNS, URI, IP] = [0x81, 0x82, 0x86, 0x87];

/** The name constraints of a certificate, or undefined where it has none. */
export function nameConstraintsOf(certificate: X509Certificate): NameConstraints | undefined {
    const extension = extensionOf(certificate, NAME_CONSTRAINTS);
    return extension && constraintsIn(extension);
}

function constraintsIn(rest: Der[]): NameConstraints {
    const [critical] = rest;
    const isCritical = critical?.tag === BOOLEAN && critical.value[0] !== 0;
    const [inside] = values(rest[rest.length - 1]?.value);
    const trees = values(inside?.value);
    const namesIn = (wanted: number): Der[] =>
        trees
            .filter(({ tag }) => tag === wanted)
            .flatMap(({ value }) => values(value))
            // A subtree begins with its name.
            .map(({ value }) => values(value)[0] ?? { tag: BROKEN, value });
    const [permitted, excluded] = [namesIn(PERMITTED), namesIn(EXCLUDED)];
    return {
        permitted: domainsOf(permitted),
        excluded: domainsOf(excluded),
        permittedRanges: rangesOf(permitted),
        excludedRanges: rangesOf(excluded),
        unknown:
            trees.length === 0 ||
            trees.some(({ tag, value }) => tag === BROKEN || value.length === 0) ||
            [...permitted, ...excluded].some(isMalformed) ||
            (isCritical &&
                [...permitted, ...excluded].some(
                    ({ tag }) => ![EMAIL, DNS, URI, IP].includes(tag),
                )),
    };
}

/** A domain as Go reads one in a constraint: labels, behind a dot if at all, or nothing. */
const DOMAIN = /^(\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)?$/;

function isMalformed({ tag, value }: Der): boolean {
    return (
        tag === BROKEN ||
        (tag === DNS && !DOMAIN.test(value.toString("latin1"))) ||
        (tag === IP && ![8, 32].includes(value.length))
    );
}

function domainsOf(names: Der[]): string[] {
    return names
        .filter(({ tag }) => tag === DNS)
        .map(({ value }) => value.toString("latin1").toLowerCase());
}

function rangesOf(names: Der[]): AddressRange[] {
    return names
        .filter(({ tag, value }) => tag === IP && [8, 32].includes(value.length))
        .map(({ value }) => ({
            address: value.subarray(0, value.length / 2),
            mask: value.subarray(value.length / 2),
        }));
}

/** True when a CA with these constraints may sign for a DNS name. */
export function permits({ permitted, excluded }: NameConstraints, name: string): boolean {
    const within = (domain: string): boolean => isWithin(name.toLowerCase(), domain);
    return !excluded.some(within) && (permitted.length === 0 || permitted.some(within));
}

/** A domain covers itself and all below it; with a dot in front only those below. */
function isWithin(name: string, domain: string): boolean {
    return domain === "" || name === domain || name.endsWith(`.${domain.replace(/^\./, "")}`);
}

/** True when a CA with these constraints may sign for an address. IPv4 is within ranges of IPv4 only. */
export function permitsAddress(
    { permittedRanges, excludedRanges }: NameConstraints,
    address: string,
): boolean {
    const bytes = bytesOf(address);
    const within = ({ address: network, mask }: AddressRange): boolean =>
        bytes.length === network.length &&
        bytes.every((byte, at) => ((byte ^ (network[at] ?? 0)) & (mask[at] ?? 0)) === 0);
    return (
        !excludedRanges.some(within) &&
        (permittedRanges.length === 0 || permittedRanges.some(within))
    );
}

/** The bytes of an address in its canonical form. */
function bytesOf(address: string): number[] {
    if (!address.includes(":")) {
        return address.split(".").map(Number);
    }
    const [head = "", tail] = address.split("::");
    const words = (text = ""): number[] =>
        text === "" ? [] : text.split(":").map((word) => parseInt(word, 16));
    const [before, after] = [words(head), words(tail)];
    const zeros = Array<number>(8 - before.length - after.length).fill(0);
    return [...before, ...zeros, ...after].flatMap((word) => [word >> 8, word & 255]);
}
