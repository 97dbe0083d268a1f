import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";
import type { ClusterState } from "../state";
import { diskInSnapshot } from "./files";

/** A kubelet's certificate for the API server, on its disk. It renews it itself, as long as it is valid. */
const PKI = "kubelet/pki";
const CURRENT = "kubelet-client-current.pem";

/**
 * Why nodes of the snapshot could not come back at a time, in words: a kubelet whose certificate has ended is let in by
 * nobody. Only a cluster with a short `--signing-duration` comes to that.
 */
export function endedCertificates({ nodes }: ClusterState, now: Date): string[] {
    return nodes.flatMap(({ name }) => {
        const end = endOfCertificate(join(diskInSnapshot(name), PKI));
        return end === undefined || end > now
            ? []
            : [`the certificate of ${name}'s kubelet ended at ${end.toISOString()}`];
    });
}

/** The link leads to a place on the node. A host without a kubelet, and one made the hard way, has none. */
function endOfCertificate(folder: string): Date | undefined {
    if (!existsSync(folder)) {
        return undefined;
    }
    try {
        const target = basename(readlinkSync(join(folder, CURRENT)));
        return new Date(new X509Certificate(readFileSync(join(folder, target))).validTo);
    } catch {
        return undefined;
    }
}
