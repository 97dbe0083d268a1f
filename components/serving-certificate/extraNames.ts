import * as pulumi from "@pulumi/pulumi";
import { canonicalAddress, isAddress } from "../nodes/addresses";
import { refuse, type Owner } from "../shared/invalidArguments";
import { isSet, peek } from "../shared/knownNow";
import type { Texts } from "../shared/lateCheck";
import type { ServiceNames } from "./source";

/** The names of a certificate beside those of its Service, as far as they are known. */
export interface ExtraNames {
    extraDnsNames: string[];
    /** As Go writes them. */
    extraIpAddresses: string[];
}

type Given = Pick<ServiceNames, "extraDnsNames" | "extraIpAddresses">;

/** Everything that is wrong with further addresses, as far as they are known. */
export function extraAddressProblems({ extraIpAddresses = [] }: Given): string[] {
    return problemsOf(
        extraIpAddresses
            .map((each) => peek(each))
            .filter(isSet)
            .map(({ value }) => value),
    );
}

function problemsOf(addresses: string[]): string[] {
    return addresses
        .filter((address) => !isAddress(address))
        .map(
            (address) =>
                `extraIpAddresses has "${address}"; expected an IPv4 or IPv6 address without brackets, zone or prefix length; next: put a DNS name into extraDnsNames`,
        );
}

/**
 * Further addresses as a certificate has them, looked at again when they were not known before. Undefined without any, so that a
 * request for a certificate stays what it was.
 */
export function addressesOf(
    { component, name }: Owner,
    { extraIpAddresses = [] }: Given,
): pulumi.Output<string[]> | undefined {
    return extraIpAddresses.length === 0
        ? undefined
        : pulumi.all(extraIpAddresses).apply((addresses) => {
              refuse(component, name, problemsOf(addresses));
              return canonical(addresses);
          });
}

function canonical(addresses: string[]): string[] {
    return [...new Set(addresses.map(canonicalAddress))];
}

/** Further names for a check of what may be known late: one a line. */
export function extraTexts({ extraDnsNames = [], extraIpAddresses = [] }: Given): {
    extraDnsNames: pulumi.Input<string>;
    extraIpAddresses: pulumi.Input<string>;
} {
    return {
        extraDnsNames: oneALine(extraDnsNames),
        extraIpAddresses: oneALine(extraIpAddresses),
    };
}

function oneALine(names: pulumi.Input<string>[]): pulumi.Input<string> {
    return names.every((name) => typeof name === "string")
        ? names.join("\n")
        : pulumi.all(names).apply((known) => known.join("\n"));
}

/** The same, read back by the check. What is no address is left out. */
export function extraNamesIn({ extraDnsNames, extraIpAddresses }: Texts): ExtraNames {
    return {
        extraDnsNames: linesOf(extraDnsNames),
        extraIpAddresses: canonical(linesOf(extraIpAddresses).filter(isAddress)),
    };
}

/** What is wrong with further addresses that became known late. */
export function lateAddressProblems({ extraIpAddresses }: Texts): string[] {
    return problemsOf(linesOf(extraIpAddresses));
}

function linesOf(text: string | undefined): string[] {
    return text?.split("\n").filter((line) => line !== "") ?? [];
}
