import * as fc from "fast-check";
import type { KubeletNames } from "./request";

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
const nodeName = fc
    .tuple(fc.array(label, { maxLength: 2 }), fc.stringMatching(/^[a-z][a-z0-9]{0,10}$/))
    .map(([labels, last]) => [...labels, last].join("."))
    .filter((name) => !/^kubernetes|\.svc\.?|localhost/.test(name));
const ipv4 = fc
    .tuple(fc.integer({ min: 1, max: 126 }), fc.nat(255), fc.nat(255), fc.nat(255))
    .map((bytes) => bytes.join("."))
    // Not of the Service network.
    .filter((address) => !/^10\.(9[6-9]|10[0-3])\./.test(address));
/** Spelled as Go spells it; the URL parser of Node does, too. */
const ipv6 = fc
    .array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 7, maxLength: 7 })
    .map((groups) => ["2001", ...groups.map((group) => group.toString(16))].join(":"))
    .map((address) => new URL(`http://[${address}]/`).hostname.slice(1, -1));
const kubelet = fc.record({
    node: nodeName,
    more: fc.array(nodeName, { maxLength: 4 }),
    ips: fc.array(fc.oneof(ipv4, ipv6), { minLength: 1, maxLength: 5 }),
});

/** The kubelets of up to twelve machines that share no name and no address: what two claim is nobody's. */
export const fleet: fc.Arbitrary<KubeletNames[]> = fc
    .array(kubelet, { minLength: 1, maxLength: 12 })
    .map((machines) => {
        const taken = new Set<string>();
        const free = (values: string[]): string[] => values.filter((value) => !taken.has(value));
        return machines.flatMap(({ node, more, ips }) => {
            const own = {
                node,
                dns: [...new Set([node, ...free(more)])],
                ips: [...new Set(free(ips))],
            };
            if (taken.has(node) || own.ips.length === 0) return [];
            for (const value of [...own.dns, ...own.ips]) taken.add(value);
            return [own];
        });
    });
