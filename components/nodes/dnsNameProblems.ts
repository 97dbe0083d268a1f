import { isDnsSubdomain } from "./addresses";

/** What is wrong with a DNS name, when it is known. */
export function dnsNameProblems(at: string, name: string | undefined): string[] {
    return name === undefined || isDnsSubdomain(name)
        ? []
        : [`${at} is "${name}"; expected a lower-case DNS name`];
}

/** What is wrong with the name of a Secret, when it is known. */
export function secretNameProblems(at: string, name: string | undefined): string[] {
    return name === undefined || isDnsSubdomain(name)
        ? []
        : [
              `${at} is no name of a Secret; expected a lower-case DNS name; it is not shown, since a key may have got there`,
          ];
}
