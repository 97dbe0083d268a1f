import { readFileSync } from "node:fs";
import { ADDRESSES, HOST_LINK } from "../addresses";

/** An IPv4 network: the bits that count, and which these are. */
interface Network {
    address: number;
    mask: number;
}

/** Routes of this machine that the cluster's networks would take over, but for its own. */
export function takenRoutes(): string[] {
    const own = [ADDRESSES.nodeSubnet, ADDRESSES.podSubnet, ADDRESSES.serviceSubnet];
    return readFileSync("/proc/net/route", "utf8")
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.split(/\s+/))
        .filter(([link]) => link !== HOST_LINK)
        .map(([, address = "", , , , , , mask = ""]) => ({
            address: littleEndian(address),
            mask: littleEndian(mask),
        }))
        .filter((route) => route.mask !== 0 && own.some((subnet) => overlap(route, parse(subnet))))
        .map(format);
}

function overlap(one: Network, other: Network): boolean {
    // The wider of the two decides.
    const mask = one.mask & other.mask;
    return (one.address & mask) === (other.address & mask);
}

function parse(subnet: string): Network {
    const [address = "", length = ""] = subnet.split("/");
    const bytes = address.split(".").map(Number);
    return { address: Buffer.from(bytes).readInt32BE(0), mask: -1 << (32 - Number(length)) };
}

function format({ address, mask }: Network): string {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(address);
    return `${bytes.join(".")}/${32 - Math.log2((~mask >>> 0) + 1)}`;
}

function littleEndian(hex: string): number {
    return Buffer.from(hex, "hex").readInt32LE(0);
}
