import { readFileSync } from "node:fs";
import { BlockList, SocketAddress } from "node:net";
import { HOST_LINK, type IpFamily, networksOf } from "../addresses";

/** A network of either family. */
interface Network {
    address: string;
    length: number;
    family: "ipv4" | "ipv6";
}

/** Routes of this machine that the cluster's networks would take over, but for its own. */
export function takenRoutes(family: IpFamily): string[] {
    const own = networksOf(family)
        .flatMap(({ nodeSubnet, podSubnet, serviceSubnet }) => [
            nodeSubnet,
            podSubnet,
            serviceSubnet,
        ])
        .map(parse);
    return [...routes4(), ...routes6()]
        .filter(({ link }) => link !== HOST_LINK)
        .map(({ to }) => to)
        .filter((to) => to.length !== 0 && own.some((network) => overlap(network, to)))
        .map(({ address, length }) => `${address}/${length}`);
}

function routes4(): { link: string; to: Network }[] {
    return fieldsOf("/proc/net/route")
        .slice(1)
        .map(([link = "", address = "", , , , , , mask = ""]) => {
            const bits = Buffer.from(mask, "hex").readUInt32LE(0);
            const to = {
                address: Buffer.from(address, "hex").reverse().join("."),
                length: bits.toString(2).replaceAll("0", "").length,
                family: "ipv4" as const,
            };
            return { link, to };
        });
}

function routes6(): { link: string; to: Network }[] {
    return fieldsOf("/proc/net/ipv6_route").map((fields) => {
        const [digits = "", length = ""] = fields;
        const address = digits.replace(/(.{4})(?=.)/g, "$1:");
        const to = {
            address: new SocketAddress({ address, family: "ipv6" }).address,
            length: parseInt(length, 16),
            family: "ipv6" as const,
        };
        return { link: fields.at(-1) ?? "", to };
    });
}

/** The words of each line. IPv6 need not be there. */
function fieldsOf(file: string): string[][] {
    try {
        const lines = readFileSync(file, "utf8").trim().split("\n");
        return lines.filter((line) => line !== "").map((line) => line.trim().split(/\s+/));
    } catch {
        return [];
    }
}

function parse(subnet: string): Network {
    const [address = "", length = ""] = subnet.split("/");
    const family = address.includes(":") ? "ipv6" : "ipv4";
    return { address, length: Number(length), family };
}

/** Two networks overlap if the first address of one is in the other. */
function overlap(one: Network, other: Network): boolean {
    return one.family === other.family && (contains(one, other) || contains(other, one));
}

function contains(wide: Network, narrow: Network): boolean {
    const list = new BlockList();
    list.addSubnet(wide.address, wide.length, wide.family);
    return list.check(narrow.address, narrow.family);
}
