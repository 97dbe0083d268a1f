/**
 * How long a step of `up` takes, in seconds, by the beginning of its name; the longest that fits counts. Measured once, on two
 * cores that had other work as well. They are there to be printed: nothing waits by them.
 */
const EXPECTED: Record<string, number> = {
    "building debian": 100,
    "building kubernetes": 960,
    "building etcd": 60,
    "building metrics-server": 300,
    "building pause": 5,
    "building node-layers": 1,
    "building containerd": 120,
    "building images": 40,
    "bringing the cluster up": 30,
    "upgrading the cluster": 475,
};

/** The seconds that a step is expected to take, or undefined for one that was not measured. */
export function expectedSeconds(step: string): number | undefined {
    const fits = Object.keys(EXPECTED).filter((beginning) => step.startsWith(beginning));
    const longest = fits.sort((a, b) => b.length - a.length)[0];
    return longest === undefined ? undefined : EXPECTED[longest];
}
