/** The parts of a cluster's policies that can only refuse: they name the flag in order to forbid it. */
const REFUSING: [kind: RegExp, inside: RegExp][] = [
    [/^admissionregistration\.k8s\.io\/ValidatingAdmissionPolicy$/, /^spec\./],
    [
        /^admissionregistration\.k8s\.io\/(Validating|Mutating)(WebhookConfiguration|AdmissionPolicy)$/,
        /^(spec|webhooks\.\d+)\.matchConditions\./,
    ],
    [
        /^kyverno\.io\/(Cluster)?Policy$/,
        /^spec\.rules\.\d+\.(validate|match|exclude|preconditions)\./,
    ],
    [/^policies\.kyverno\.io\/(Namespaced)?ValidatingPolicy$/, /^spec\./],
    [/^(constraints|templates)\.gatekeeper\.sh\//, /^spec\./],
];

/** Whether a part of an object of that kind can only refuse. */
export function onlyRefuses(kind: string, inside: string[]): boolean {
    const path = `${inside.join(".")}.`;
    return REFUSING.some(([kinds, part]) => kinds.test(kind) && part.test(path));
}
