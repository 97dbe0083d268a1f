import {
    caBundleProblems,
    hostKeyProblems,
    insecureApiServers,
    insecureApiServices,
    insecureFlags,
} from "./rules";

/** Days before the end of a certificate in a `caBundle` at which a preview begins to fail. */
const DAYS = 30;

export interface Policy {
    name: string;
    description: string;
    /** What is wrong with a resource, in sentences. */
    rule: (type: string, props: Record<string, unknown>) => string[];
}

/** README.md says what each of them sees and what it does not. */
export const POLICIES: Policy[] = [
    {
        name: "kubelet-verified",
        description: "Refuses the flag --kubelet-insecure-tls, where README.md says so.",
        rule: insecureFlags,
    },
    {
        name: "api-service-verified",
        description:
            "Refuses insecureSkipTLSVerify, and a chart that sets it by default, where README.md says so.",
        rule: insecureApiServices,
    },
    {
        name: "api-server-verified",
        description: "Refuses a kubeconfig with insecure-skip-tls-verify, where README.md says so.",
        rule: insecureApiServers,
    },
    {
        name: "ssh-host-key-pinned",
        description: "Refuses a remote command or copy that trusts any host.",
        rule: hostKeyProblems,
    },
    {
        name: "ca-bundle-valid",
        description: `Refuses a caBundle without a certificate that is valid for another ${DAYS} days.`,
        rule: (type, props) =>
            caBundleProblems(type, props, new Date(Date.now() + DAYS * 86_400_000)),
    },
];
