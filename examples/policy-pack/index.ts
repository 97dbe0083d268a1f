import { PolicyPack } from "@pulumi/policy";
import { caBundleProblems, hostKeyProblems, insecureApiServices, insecureFlags } from "./rules";

/** Days before the end of a certificate in a `caBundle` at which a preview begins to fail. */
const DAYS = 30;

type Rule = (type: string, props: Record<string, unknown>) => string[];

function policy(name: string, description: string, rule: Rule) {
    return {
        name,
        description,
        enforcementLevel: "mandatory" as const,
        validateResource: (
            { type, props }: { type: string; props: Record<string, unknown> },
            report: (message: string) => void,
        ): void => {
            for (const problem of rule(type, props)) {
                report(problem);
            }
        },
    };
}

new PolicyPack("secure-metrics-server", {
    policies: [
        policy(
            "api-service-verified",
            "An APIService never skips the verification of its server.",
            insecureApiServices,
        ),
        policy(
            "kubelet-verified",
            "No workload skips the verification of kubelets.",
            insecureFlags,
        ),
        policy("ssh-host-key-pinned", "Every remote command pins its host's key.", hostKeyProblems),
        policy(
            "ca-bundle-valid",
            `No certificate in a caBundle has expired or expires within ${DAYS} days.`,
            (type, props) =>
                caBundleProblems(type, props, new Date(Date.now() + DAYS * 86_400_000)),
        ),
    ],
});
