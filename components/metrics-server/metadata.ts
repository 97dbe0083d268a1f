import * as pulumi from "@pulumi/pulumi";
import { refuse, type Owner } from "../shared/invalidArguments";
import { isSet, peek } from "../shared/knownNow";
import type { MetricsServerSettingsArgs } from "./metricsServerArgs";

/** Labels or annotations. */
export type Words = pulumi.Input<Record<string, pulumi.Input<string>>>;

const LABELS = ["commonLabels", "podLabels"] as const;
const ANNOTATIONS = [
    "podAnnotations",
    "deploymentAnnotations",
    "serviceAnnotations",
    "apiServiceAnnotations",
    "serviceAccountAnnotations",
] as const;

type Name = (typeof LABELS)[number] | (typeof ANNOTATIONS)[number];

/** Everything that is wrong with labels and annotations, as far as they are known. */
export function metadataProblems(args: MetricsServerSettingsArgs): string[] {
    return [...LABELS, ...ANNOTATIONS].flatMap((at) => {
        const words = peek(args[at]);
        return isSet(words) ? problemsOf(at, words.value) : [];
    });
}

/** Labels or annotations, looked at again when they were not known before. */
export function checkedWords(
    { component, name }: Owner,
    args: MetricsServerSettingsArgs,
    at: Name,
): Words | undefined {
    const words = args[at];
    if (words === undefined) {
        return undefined;
    }
    const known = peek(words);
    const late = !known.known || Object.values(known.value ?? {}).some((each) => !peek(each).known);
    return late
        ? pulumi.output(words).apply((each: Record<string, string> | undefined) => {
              refuse(component, name, problemsOf(at, each ?? {}));
              return each ?? {};
          })
        : words;
}

function problemsOf(at: Name, words: Record<string, pulumi.Input<string>>): string[] {
    return Object.entries(words).flatMap(([key, value]) => {
        const text = peek(value);
        const problem =
            whyNotKey(at, key) ?? (isSet(text) ? whyNotValue(at, text.value) : undefined);
        return problem === undefined ? [] : [`${at} has "${key}"; ${problem}`];
    });
}

const KEY =
    /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** kube-aggregator deletes an APIService with the first that it has not made itself; kube-proxy leaves out a Service with one of the others. */
const CONTROLLING = [
    "kube-aggregator.kubernetes.io/automanaged",
    "service.kubernetes.io/service-proxy-name",
    "service.kubernetes.io/headless",
];

function isLabels(at: Name): boolean {
    return (LABELS as readonly string[]).includes(at);
}

function whyNotKey(at: Name, key: string): string | undefined {
    if (!KEY.test(key)) {
        return "expected a key as Kubernetes takes it: letters, digits, -, _ and ., at most 63, behind a DNS name and / if at all";
    }
    if (at === "commonLabels" && CONTROLLING.includes(key)) {
        return "a controller of the cluster goes by this label: it would delete the APIService or leave the Service out; remove it";
    }
    if (isLabels(at) && /^(k8s-app|app\.kubernetes\.io\/(managed-by|part-of))$/.test(key)) {
        return "the package finds its objects by this label; remove it";
    }
    if (at === "commonLabels" && key.startsWith("rbac.authorization.k8s.io/")) {
        return "it would give metrics-server's own rights to roles of the cluster; remove it";
    }
    if (!isLabels(at) && key.startsWith("pulumi.com/")) {
        return "it would change what the run waits for and replaces; remove it";
    }
    return at === "apiServiceAnnotations" && /^cert-manager\.io\/inject-|inject-cabundle$/.test(key)
        ? "a controller would write another caBundle than the one of the program; remove it"
        : undefined;
}

function whyNotValue(at: Name, value: string): string | undefined {
    return isLabels(at) && !LABEL_VALUE.test(value)
        ? `its value has other characters, or too many; expected at most 63 letters, digits, -, _ and ., with a letter or digit at both ends`
        : undefined;
}

/** An object with the metadata that a program adds to it. What the package says itself comes last, so it stays. */
export function withMetadata<T extends { metadata: object }>(
    manifest: T,
    labels: Words | undefined,
    annotations?: Words,
): T {
    const own = manifest.metadata as { labels?: Words; annotations?: Words };
    return {
        ...manifest,
        metadata: {
            ...own,
            ...(labels !== undefined && { labels: merged(labels, own.labels) }),
            ...(annotations !== undefined && {
                annotations: merged(annotations, own.annotations),
            }),
        },
    };
}

/** Both together; of a key that both have, the second one's value. */
export function merged(
    words: Words,
    own: Words | undefined,
): pulumi.Output<Record<string, string>> {
    return pulumi.all([words, own ?? {}]).apply(([added, kept]) => ({ ...added, ...kept }));
}
