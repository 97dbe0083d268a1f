/** A release of metrics-server and the oldest Kubernetes minor that it supports. */
export interface Release {
    version: string;
    oldestMinor: number;
}

/**
 * Releases that this package renders, newest first. Their manifests differ in the image only. A new release is one entry here,
 * and one that is dropped raises the oldest Kubernetes: all else follows from this table.
 */
export const RELEASES = [
    { version: "v0.9.0", oldestMinor: 34 },
    { version: "v0.8.1", oldestMinor: 31 },
] as const satisfies [Release, ...Release[]];

const [NEWEST] = RELEASES;
const OLDEST = RELEASES.reduce<Release>((_, release) => release, NEWEST);

/** The Kubernetes version that is assumed when none is given: the oldest one that the newest release supports. */
export const DEFAULT_KUBERNETES = `1.${NEWEST.oldestMinor}`;

/** The oldest minor of Kubernetes that some release supports. */
export const OLDEST_MINOR = OLDEST.oldestMinor;

/** What is wrong with a Kubernetes version, or undefined. */
export function kubernetesVersionProblem(kubernetes: string): string | undefined {
    const minor = minorOf(kubernetes);
    if (minor === undefined) {
        return `kubernetesVersion is "${kubernetes}"; expected a version such as "${DEFAULT_KUBERNETES}"`;
    }
    return releaseOf(minor) === undefined
        ? `kubernetesVersion is "${kubernetes}"; metrics-server ${OLDEST.version} needs Kubernetes 1.${OLDEST.oldestMinor} or later; upgrade the cluster first`
        : undefined;
}

/** The newest release for a Kubernetes version. */
export function releaseFor(kubernetes: string): Release {
    const release = releaseOf(minorOf(kubernetes) ?? 0);
    if (release === undefined) {
        throw new Error(kubernetesVersionProblem(kubernetes));
    }
    return release;
}

function releaseOf(minor: number): Release | undefined {
    return RELEASES.find(({ oldestMinor }) => minor >= oldestMinor);
}

function minorOf(kubernetes: string): number | undefined {
    const match = /^v?1\.(\d{1,3})(\.\d+)?([-+].*)?$/.exec(kubernetes);
    return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** The image of a release in a registry. */
export function imageOf(release: Release, registry: string): string {
    return `${registry.replace(/\/+$/, "")}/metrics-server/metrics-server:${release.version}`;
}
