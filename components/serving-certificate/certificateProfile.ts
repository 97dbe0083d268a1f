import { dnsNameProblems } from "../nodes/dnsNameProblems";
import { serviceCommonName } from "../shared/serviceNames";

/** How long a certificate lives, and how long before its end it is renewed. */
export interface Lifetime {
    validityHours: number;
    renewBeforeHours: number;
}

const HOURS_PER_YEAR = 8760;

/** One year, renewed by a `pulumi up` in the last 30 days. */
export const DEFAULT_LEAF: Lifetime = { validityHours: HOURS_PER_YEAR, renewBeforeHours: 720 };
/** Ten years, renewed (with the same key) by a `pulumi up` in the last year. */
export const DEFAULT_CA: Lifetime = {
    validityHours: 10 * HOURS_PER_YEAR,
    renewBeforeHours: HOURS_PER_YEAR,
};

/** Hours of warning before what somebody else renews. A short-lived certificate has only a third of its life for that. */
const NOTICE_HOURS = 720;

/** How long a leaf of the package lives, and how long before its end it is renewed. */
export function leafLifetime(args: Partial<Lifetime>): Lifetime {
    return {
        validityHours: args.validityHours ?? DEFAULT_LEAF.validityHours,
        renewBeforeHours: args.renewBeforeHours ?? DEFAULT_LEAF.renewBeforeHours,
    };
}

/** The life of a certificate that somebody else renews, with the time in which runs warn. */
export function foreignLifetime(validityHours: number, renewBeforeHours?: number): Lifetime {
    const notice = Math.min(NOTICE_HOURS, Math.floor(validityHours / 3));
    return { validityHours, renewBeforeHours: renewBeforeHours ?? notice };
}

/** X.509 limits a common name to 64 characters. */
const COMMON_NAME_LIMIT = 64;

/** What is wrong with the lifetimes of a certificate and the CA above it. */
export function lifetimeProblems(leaf: Lifetime, ca: Lifetime): string[] {
    return [
        ...leafProblems(leaf),
        ...oneLifetime("caValidityHours", "caRenewBeforeHours", ca, 50 * HOURS_PER_YEAR),
        ...(ca.validityHours - ca.renewBeforeHours < leaf.validityHours
            ? [
                  `validityHours is ${leaf.validityHours}, and a CA may have only ${ca.validityHours - ca.renewBeforeHours} hours left (caValidityHours less caRenewBeforeHours); expected a certificate that ends before its CA`,
              ]
            : []),
    ];
}

/** What is wrong with the lifetime of a certificate of the package. */
export function leafProblems(leaf: Lifetime): string[] {
    return oneLifetime("validityHours", "renewBeforeHours", leaf, 20 * HOURS_PER_YEAR);
}

/** What is wrong with the time in which runs warn of an end that somebody else has to see to. */
export function noticeProblems(renewBeforeHours: number | undefined): string[] {
    return renewBeforeHours === undefined ||
        (Number.isInteger(renewBeforeHours) && renewBeforeHours >= 0)
        ? []
        : [`renewBeforeHours is ${renewBeforeHours}; expected a whole number of hours from 0 on`];
}

function oneLifetime(validity: string, renew: string, value: Lifetime, limit: number): string[] {
    const { validityHours, renewBeforeHours } = value;
    if (!Number.isInteger(validityHours) || validityHours < 1 || validityHours > limit) {
        return [
            `${validity} is ${validityHours}; expected a whole number of hours from 1 to ${limit}`,
        ];
    }
    if (!Number.isInteger(renewBeforeHours) || renewBeforeHours < 0) {
        return [`${renew} is ${renewBeforeHours}; expected a whole number of hours from 0 on`];
    }
    if (renewBeforeHours >= validityHours) {
        return [
            `${renew} is ${renewBeforeHours} and ${validity} is ${validityHours}; a renewal window that is not shorter than the validity replaces the certificate on every run`,
        ];
    }
    return [];
}

/** What is wrong with the names that a certificate is made for. */
export function serviceProblems(
    service: string,
    namespace: string,
    clusterDomain: string,
): string[] {
    return [
        ...dnsNameProblems("serviceName", service),
        ...dnsNameProblems("namespace", namespace),
        ...dnsNameProblems("clusterDomain", clusterDomain),
        ...nameProblems(serviceCommonName(service, namespace)),
    ];
}

/** What is wrong with a common name. */
export function nameProblems(commonName: string): string[] {
    return commonName.length > COMMON_NAME_LIMIT
        ? [
              `the name ${commonName} has ${commonName.length} characters; X.509 allows ${COMMON_NAME_LIMIT}; choose a shorter serviceName or namespace`,
          ]
        : [];
}

/** What is wrong with the slots of a CA key rotation. */
export function generationProblems(generations: string[], active: string): string[] {
    const problems: string[] = [];
    if (generations.length === 0 || new Set(generations).size !== generations.length) {
        problems.push("caKeyGenerations needs at least one name, and none twice");
    }
    for (const generation of generations.filter((name) => !/^[a-z0-9]{1,16}$/.test(name))) {
        problems.push(
            `caKeyGenerations has "${generation}"; expected 1 to 16 lower-case letters and digits`,
        );
    }
    if (!generations.includes(active)) {
        problems.push(
            `activeCaKeyGeneration is "${active}"; expected one of caKeyGenerations: ${generations.join(", ")}`,
        );
    }
    return problems;
}
