import { oid, octets, sequence, set, StringType, text, tlv } from "./der";
import {
    addressBytes,
    attribute,
    attributes,
    dnsName,
    extensionRequest,
    generalNames,
    OID,
    rdn,
    requestPem,
    subjectAltName,
    subjectOf,
} from "./request";
import { themed, type Draft, type HostileRequest, type World } from "./world";

/** Names and addresses that are not the node's, or not as its kubelet writes them. */
export function hostileNames(world: World): HostileRequest[] {
    return themed("names", [...strangers(world), ...spellings(world), ...kinds(world)]);
}

/** What this node's kubelet would send if it had more names. */
function wish(world: World, id: string, dns: string[], ips: string[] = []): Draft {
    const { own } = world;
    return {
        id,
        pem: requestPem({ ...own, dns: [...own.dns, ...dns], ips: [...own.ips, ...ips] }),
    };
}

/** The node's own names and these. */
function withNames(world: World, id: string, ...extra: Buffer[]): Draft {
    return named(world, id, ...generalNames(world.own), ...extra);
}

/** Exactly these names. */
function named(world: World, id: string, ...names: Buffer[]): Draft {
    return {
        id,
        pem: requestPem(world.own, {
            attributes: attributes(extensionRequest(subjectAltName(names))),
        }),
    };
}

function ipName(address: string): Buffer {
    return tlv(0x87, addressBytes(address));
}

function strangers(world: World): Draft[] {
    const names = [
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "metrics-server.kube-system.svc",
    ];
    const more = [
        "kubernetes.default.svc.cluster.local",
        "localhost",
        "*",
        "*.svc",
        "w1.attacker.example",
    ];
    const addresses = [
        world.serviceAddress,
        "127.0.0.1",
        "0.0.0.0",
        "169.254.169.254",
        "224.0.0.1",
        "::1",
        "fe80::1",
    ];
    const otherAddress = world.other.ips[0] ?? "";
    return [
        ...[...names, ...more].map((name) => wish(world, `also the name ${name}`, [name])),
        ...addresses.map((address) => wish(world, `also the address ${address}`, [], [address])),
        named(
            world,
            "only the API server's names",
            ...names.map(dnsName),
            ipName(world.serviceAddress),
        ),
        named(world, "the other node's names", ...generalNames(world.other)),
        named(world, "the control plane's names", ...generalNames(world.controlPlane)),
        wish(world, "also the other node's name", [world.other.node]),
        wish(world, "also the other node's address", [], [otherAddress]),
        wish(world, "also the control plane's address", [], world.controlPlane.ips),
        named(
            world,
            "own name, the other node's address",
            dnsName(world.own.node),
            ipName(otherAddress),
        ),
        wish(
            world,
            "hundred more names",
            Array.from({ length: 100 }, (_, index) => `n${index}.example`),
        ),
    ];
}

function spellings(world: World): Draft[] {
    const { node, ips } = world.own;
    const ip = ips[0] ?? "";
    const mapped = Buffer.concat([Buffer.alloc(10), Buffer.from([255, 255]), addressBytes(ip)]);
    const compatible = Buffer.concat([Buffer.alloc(12), addressBytes(ip)]);
    const odd = (id: string, name: string): Draft =>
        named(world, id, dnsName(name), ...ips.map(ipName));
    return [
        odd("newline in a name", `${node}\nIP Address:${ip}`),
        odd("separators in a name", `${node}, IP Address:${ip}`),
        odd("tab in a name", `${node}\tapprove`),
        odd("NUL in a name", `${node}\0.kubernetes.default.svc`),
        odd("quote in a name", `${node}"`),
        odd("upper case", node.toUpperCase()),
        odd("dot at the end", `${node}.`),
        odd("space at the end", `${node} `),
        odd("byte above ASCII", `${node}\u00e9`),
        odd("empty name", ""),
        odd("address as a DNS name", ip),
        named(world, "own address mapped into IPv6", dnsName(node), tlv(0x87, mapped)),
        named(world, "own address in the old IPv6 form", dnsName(node), tlv(0x87, compatible)),
        named(
            world,
            "address with a mask",
            dnsName(node),
            tlv(0x87, Buffer.concat([addressBytes(ip), Buffer.alloc(4)])),
        ),
        named(
            world,
            "address of five bytes",
            dnsName(node),
            tlv(0x87, Buffer.from([10, 0, 0, 0, 1])),
        ),
    ];
}

function kinds(world: World): Draft[] {
    const own = generalNames(world.own);
    const uri = tlv(0x86, Buffer.from("https://kubernetes.default.svc"));
    const otherName = tlv(
        0xa0,
        Buffer.concat([oid("1.3.6.1.4.1.311.20.2.3"), tlv(0xa0, text(StringType.Utf8, "root"))]),
    );
    return [
        withNames(world, "e-mail address", tlv(0x81, Buffer.from("root@example.com"))),
        withNames(world, "URI", uri),
        withNames(world, "directory name", tlv(0xa4, subjectOf(world.other.node))),
        withNames(world, "registered id", tlv(0x88, Buffer.from([0x2a, 0x03]))),
        withNames(world, "other name", otherName),
        withNames(world, "unknown kind of name", tlv(0x89, Buffer.from("x"))),
        withNames(world, "constructed DNS name", tlv(0xa2, octets(Buffer.from("kubernetes")))),
        named(world, "addresses before names", ...[...own].reverse()),
        named(world, "own name twice", dnsName(world.own.node), ...own),
        named(world, "name without address", dnsName(world.own.node)),
        named(world, "address without name", ...world.own.ips.map(ipName)),
        named(world, "no names in the SAN"),
        { id: "no SAN", pem: requestPem(world.own, { attributes: attributes() }) },
    ];
}

/** Subjects other than the one that the node must have. */
export function hostileSubjects(world: World): HostileRequest[] {
    const organization = rdn(OID.organization, "system:nodes");
    const common = rdn(OID.commonName, `system:node:${world.own.node}`);
    const draft = (id: string, ...rdns: Buffer[]): Draft => ({
        id,
        pem: requestPem(world.own, { subject: sequence(...rdns) }),
    });
    const node = (suffix: string): Buffer =>
        rdn(OID.commonName, `system:node:${world.own.node}${suffix}`);
    const masters = attribute(OID.organization, "system:masters");
    const both = set(
        attribute(OID.organization, "system:nodes"),
        attribute(OID.commonName, `system:node:${world.own.node}`),
    );
    return themed("subject", [
        draft("other node", organization, rdn(OID.commonName, `system:node:${world.other.node}`)),
        draft(
            "system:masters as well",
            set(masters, attribute(OID.organization, "system:nodes")),
            common,
        ),
        draft(
            "system:masters in its own set",
            organization,
            rdn(OID.organization, "system:masters"),
            common,
        ),
        draft("system:masters alone", rdn(OID.organization, "system:masters"), common),
        draft("UTF8String", subjectOfEncoding(world, StringType.Utf8)),
        draft("TeletexString", subjectOfEncoding(world, StringType.Teletex)),
        draft("IA5String", subjectOfEncoding(world, StringType.Ia5)),
        draft("common name first", common, organization),
        draft("one set for both", both),
        draft(
            "second common name",
            organization,
            common,
            rdn(OID.commonName, `system:node:${world.other.node}`),
        ),
        draft("organizational unit", organization, rdn(OID.organizationalUnit, "x"), common),
        draft("organization twice", organization, organization, common),
        draft("no organization", common),
        draft("no common name", organization),
        draft("empty"),
        draft("NUL in the common name", organization, node("\0x")),
        draft("newline in the common name", organization, node("\nCN=x")),
        draft("slash in the common name", organization, node("/O=system:masters")),
        draft("space behind the common name", organization, node(" ")),
        draft("serial number", organization, common, rdn("2.5.4.5", "1")),
    ]);
}

function subjectOfEncoding(world: World, encoding: StringType): Buffer {
    const whole = subjectOf(world.own.node, encoding);
    return whole.subarray(2);
}
