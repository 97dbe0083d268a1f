import type { Input } from "@pulumi/pulumi";
import type { X509Certificate } from "node:crypto";
import { readAuthorities, type WantedAuthorities } from "../shared/authorities";
import { certificatesOf, isIssuedBy, subjectOf } from "../shared/certificates";
import type { Owner } from "../shared/invalidArguments";
import { behind, peek } from "../shared/knownNow";
import { checkLate, knownTexts, type Fitting, type Texts } from "../shared/lateCheck";
import type { MetricsServerSettingsArgs } from "./metricsServerArgs";
import type { RequestHeaderArgs } from "./podArgs";

/** Where the CA certificates are mounted that requests are judged by. */
export const AUTHENTICATION_FOLDER = "/etc/metrics-server/authentication";
const REQUEST_HEADER_CA = "request-header-ca.crt";
const CLIENT_CA = "client-ca.crt";

const IN_THE_CLEAR = "; expected certificates only: it goes into a ConfigMap in the clear";
const OF_REQUEST_HEADER: WantedAuthorities = {
    at: "requestHeader.clientCa",
    secret: IN_THE_CLEAR,
    ca: "the CA that signed the API servers' proxy certificates, on kubeadm /etc/kubernetes/pki/front-proxy-ca.crt",
    today: "the CA that signs the API servers' proxy certificates today",
    copy: "copy it again, on kubeadm from /etc/kubernetes/pki/front-proxy-ca.crt",
};
const OF_CLIENTS: WantedAuthorities = {
    at: "clientCa",
    secret: IN_THE_CLEAR,
    ca: "the CA that signed the users' client certificates, on kubeadm /etc/kubernetes/pki/ca.crt",
    today: "the CA that signs the users' client certificates today",
    copy: "copy it again, on kubeadm from /etc/kubernetes/pki/ca.crt",
};

/** What of it is mounted, and the flags that say so. */
export interface Authentication {
    requestHeader: RequestHeaderArgs | undefined;
    hasClientCa: boolean;
}

export function authenticationOf(args: MetricsServerSettingsArgs): Authentication | undefined {
    const { requestHeader, clientCa } = args;
    return requestHeader === undefined && clientCa === undefined
        ? undefined
        : { requestHeader, hasClientCa: clientCa !== undefined };
}

/** The flags that replace what metrics-server otherwise reads in the cluster. */
export function authenticationFlags({ requestHeader, hasClientCa }: Authentication): string[] {
    return [
        ...(hasClientCa ? [`--client-ca-file=${AUTHENTICATION_FOLDER}/${CLIENT_CA}`] : []),
        ...(requestHeader === undefined
            ? []
            : [
                  `--requestheader-client-ca-file=${AUTHENTICATION_FOLDER}/${REQUEST_HEADER_CA}`,
                  `--requestheader-allowed-names=${requestHeader.allowedNames.join(",")}`,
                  `--requestheader-username-headers=${(requestHeader.usernameHeaders ?? ["X-Remote-User"]).join(",")}`,
                  `--requestheader-group-headers=${(requestHeader.groupHeaders ?? ["X-Remote-Group"]).join(",")}`,
                  `--requestheader-extra-headers-prefix=${(requestHeader.extraHeaderPrefixes ?? ["X-Remote-Extra-"]).join(",")}`,
              ]),
    ];
}

/** The files, checked again when they were not known before. */
export function authenticationFiles(
    owner: Owner,
    args: MetricsServerSettingsArgs,
): Record<string, Input<string>> {
    const checked = checkLate(owner, fittingOf(args));
    return {
        ...(args.requestHeader !== undefined && {
            [REQUEST_HEADER_CA]: behind(args.requestHeader.clientCa, checked),
        }),
        ...(args.clientCa !== undefined && { [CLIENT_CA]: behind(args.clientCa, checked) }),
    };
}

/** Whom to believe, looked at again when it was not known before. */
export function checkedRequestHeader(
    owner: Owner,
    args: MetricsServerSettingsArgs,
): RequestHeaderArgs | undefined {
    const { requestHeader } = args;
    return requestHeader === undefined || peek(requestHeader.clientCa).known
        ? requestHeader
        : {
              ...requestHeader,
              clientCa: behind(requestHeader.clientCa, checkLate(owner, fittingOf(args))),
          };
}

/** Everything that is wrong with whom metrics-server is to believe, as far as it is known. */
export function authenticationProblems(args: MetricsServerSettingsArgs): string[] {
    const { requestHeader } = args;
    return [
        ...(requestHeader === undefined ? [] : nameProblems(requestHeader)),
        ...caProblems(knownTexts(fittingOf(args))),
    ];
}

/** The CAs, which have to be ones and none the other. Each may be left out. */
function fittingOf({ requestHeader, clientCa, kubeletCa }: MetricsServerSettingsArgs): Fitting {
    return {
        needed: {},
        optional: { requestHeader: requestHeader?.clientCa, clientCa, kubeletCa },
        problems: caProblems,
    };
}

function caProblems({ requestHeader, clientCa, kubeletCa }: Texts): string[] {
    const read = (pem: string | undefined, wanted: WantedAuthorities) =>
        pem === undefined ? undefined : readAuthorities(pem, wanted);
    const proxies = read(requestHeader, OF_REQUEST_HEADER);
    const users = read(clientCa, OF_CLIENTS);
    const own = proxies?.certificates ?? [];
    return [
        ...(proxies?.problems ?? []),
        ...(users?.problems ?? []),
        ...sharedProblems(own, "clientCa", users?.certificates ?? []),
        // What is wrong with it is said elsewhere.
        ...sharedProblems(own, "kubeletCa", certificatesOf(kubeletCa)),
    ];
}

/** The same key, whatever else the certificates say: a CA may have several. */
function sharedProblems(own: X509Certificate[], at: string, others: X509Certificate[]): string[] {
    const keys = new Set(others.map(keyOf));
    return own
        .filter(
            (certificate) =>
                keys.has(keyOf(certificate)) ||
                others.some((other) => isIssuedBy(other, certificate)),
        )
        .map(
            (certificate) =>
                `requestHeader.clientCa has the CA ${subjectOf(certificate)}, and ${at} has it, too, or one that it has signed: whoever has a certificate of it could speak for anybody; expected a CA that signs proxy certificates only; next: give the API servers a proxy certificate of a CA of its own`,
        );
}

function keyOf({ publicKey }: X509Certificate): string {
    return publicKey.export({ type: "spki", format: "der" }).toString("base64");
}

const ON_KUBEADM = "on kubeadm front-proxy-client";

function nameProblems(args: RequestHeaderArgs): string[] {
    const { allowedNames } = args;
    const believed = "metrics-server would believe every certificate of that CA";
    const expected = `expected the common names of the API servers' proxy certificates, ${ON_KUBEADM}`;
    return [
        ...(allowedNames.length === 0
            ? [`requestHeader.allowedNames is empty, so ${believed}; ${expected}`]
            : []),
        ...allowedNames.flatMap((name) =>
            name.trim() === ""
                ? [`requestHeader.allowedNames has an empty name, so ${believed}; ${expected}`]
                : /[\s,"]/.test(name)
                  ? [
                        `requestHeader.allowedNames has "${name}"; expected one name in each entry, without commas, quotes and spaces`,
                    ]
                  : [],
        ),
        ...(["usernameHeaders", "groupHeaders", "extraHeaderPrefixes"] as const).flatMap((list) =>
            headerProblems(`requestHeader.${list}`, args[list]),
        ),
    ];
}

function headerProblems(at: string, headers: string[] | undefined): string[] {
    if (headers === undefined) {
        return [];
    }
    return headers.length === 0
        ? [`${at} is empty; expected a header's name such as X-Remote-User, or no argument`]
        : headers
              .filter((header) => !/^[A-Za-z][A-Za-z0-9-]*$/.test(header))
              .map(
                  (header) =>
                      `${at} has "${header}"; expected a header's name: letters, digits and hyphens`,
              );
}
