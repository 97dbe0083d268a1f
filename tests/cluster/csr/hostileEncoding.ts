import {
    bits,
    boolean,
    integer,
    LengthForm,
    octets,
    oid,
    sequence,
    set,
    tlv,
    text,
    StringType,
} from "./der";
import {
    attributes,
    extension,
    extensionRequest,
    generalNames,
    OID,
    P256,
    pem,
    requestDer,
    requestPem,
    subjectAltName,
    type RequestParts,
} from "./request";
import { themed, type Draft, type HostileRequest, type World } from "./world";

/** Encodings and extensions: decoys that one parser reads and another skips. */
export function hostileEncoding(world: World): HostileRequest[] {
    return themed("encoding", [
        ...attributeDrafts(world),
        ...extensionDrafts(world),
        ...frameDrafts(world),
    ]);
}

function attributeDrafts(world: World): Draft[] {
    const good = sanExtension(world, []);
    const evil = sanExtension(world, ["kubernetes.default.svc"], [world.serviceAddress]);
    const draft = (id: string, ...list: Buffer[]): Draft => ({
        id,
        pem: requestPem(world.own, { attributes: attributes(...list) }),
    });
    const decoy = (form: LengthForm): Buffer => {
        const content = Buffer.concat([oid(OID.extensionRequest), set(sequence(good))]);
        return tlv(0x30, content, form);
    };
    const inner = (form: LengthForm): Buffer =>
        sequence(oid(OID.extensionRequest), tlv(0x31, sequence(good), form));
    return [
        draft(
            "good decoy with a padded length, then the API server",
            decoy(LengthForm.Padded),
            extensionRequest(evil),
        ),
        draft(
            "good decoy of indefinite length, then the API server",
            decoy(LengthForm.Indefinite),
            extensionRequest(evil),
        ),
        draft("decoy with a padded inner length", inner(LengthForm.Padded), extensionRequest(evil)),
        draft(
            "decoy with an indefinite inner length",
            inner(LengthForm.Indefinite),
            extensionRequest(evil),
        ),
        draft(
            "the API server, then a good decoy",
            extensionRequest(evil),
            decoy(LengthForm.Padded),
        ),
        draft("two extension requests, good first", extensionRequest(good), extensionRequest(evil)),
        draft("two extension requests, good last", extensionRequest(evil), extensionRequest(good)),
        draft("the same extension request twice", extensionRequest(good), extensionRequest(good)),
        draft(
            "two values in the extension request",
            sequence(oid(OID.extensionRequest), set(sequence(good), sequence(evil))),
        ),
        draft(
            "Microsoft's extension request",
            sequence(oid("1.3.6.1.4.1.311.2.1.14"), set(sequence(good))),
        ),
        draft(
            "both kinds of extension request",
            sequence(oid("1.3.6.1.4.1.311.2.1.14"), set(sequence(good))),
            extensionRequest(evil),
        ),
        draft(
            "challenge password",
            extensionRequest(good),
            stringAttribute("1.2.840.113549.1.9.7"),
        ),
        draft("unstructured name", stringAttribute("1.2.840.113549.1.9.2"), extensionRequest(good)),
        draft("empty attributes"),
        draft("empty extension request", extensionRequest()),
        draft("good extension request of padded length", decoy(LengthForm.Padded)),
        draft("good extension request of indefinite length", decoy(LengthForm.Indefinite)),
    ];
}

function extensionDrafts(world: World): Draft[] {
    const good = sanExtension(world, []);
    const evil = sanExtension(world, ["kubernetes.default.svc"]);
    const draft = (id: string, ...extensions: Buffer[]): Draft => ({
        id,
        pem: requestPem(world.own, { attributes: attributes(extensionRequest(...extensions)) }),
    });
    const names = generalNames(world.own);
    const authority = sequence(boolean(true));
    return [
        draft("two SAN extensions, good first", good, evil),
        draft("two SAN extensions, good last", evil, good),
        draft("critical SAN", subjectAltName(names, boolean(true))),
        draft("SAN with an explicit critical=false", subjectAltName(names, boolean(false))),
        draft("basicConstraints CA:TRUE", good, extension("2.5.29.19", authority, boolean(true))),
        draft("basicConstraints CA:TRUE first", extension("2.5.29.19", authority), good),
        draft("keyUsage keyCertSign", good, extension("2.5.29.15", bits(Buffer.from([0x04]), 2))),
        draft(
            "extKeyUsage clientAuth",
            good,
            extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.2"))),
        ),
        draft("nameConstraints", good, extension("2.5.29.30", sequence())),
        draft(
            "issuerAltName",
            good,
            extension("2.5.29.18", sequence(...generalNames(world.other))),
        ),
        draft("unknown extension", good, extension("1.2.3.4", octets(Buffer.from("x")))),
        draft(
            "bytes behind the names",
            extension(OID.subjectAltName, Buffer.concat([sequence(...names), integer(1)])),
        ),
        draft(
            "SAN of padded length",
            extension(OID.subjectAltName, tlv(0x30, Buffer.concat(names), LengthForm.Padded)),
        ),
        draft(
            "SAN in two octet strings",
            sequence(
                oid(OID.subjectAltName),
                octets(sequence(...names)),
                octets(sequence(...names)),
            ),
        ),
    ];
}

function frameDrafts(world: World): Draft[] {
    const der = requestDer(world.own);
    const own = (id: string, parts: Partial<RequestParts>): Draft => ({
        id,
        pem: requestPem(world.own, parts),
    });
    const point = P256.publicKey.export({ type: "spki", format: "der" });
    return [
        { id: "bytes behind the request", pem: pem(Buffer.concat([der, Buffer.from([5, 0])])) },
        { id: "second request behind the first", pem: pem(Buffer.concat([der, der])) },
        { id: "padded outer length", pem: pem(tlv(0x30, der.subarray(4), LengthForm.Padded)) },
        {
            id: "indefinite outer length",
            pem: pem(tlv(0x30, der.subarray(4), LengthForm.Indefinite)),
        },
        { id: "request of 1 MiB", pem: large(world) },
        own("version 1", { version: integer(1) }),
        own("version of two bytes", { version: tlv(0x02, Buffer.from([0, 0])) }),
        own("key without parameters", {
            publicKey: sequence(sequence(oid("1.2.840.10045.2.1")), point.subarray(23)),
        }),
        own("key with unused bits", {
            publicKey: Buffer.concat([point.subarray(0, 25), Buffer.from([1]), point.subarray(26)]),
        }),
        own("compressed point", { publicKey: compressed(point) }),
        own("extra element in the request info", {
            attributes: Buffer.concat([goodAttributes(world), integer(0)]),
        }),
    ];
}

/** An attribute that fills a megabyte: work for whoever parses before it looks at the size. */
function large(world: World): Buffer {
    const filler = text(StringType.Utf8, "x".repeat(1 << 19));
    const note = sequence(oid("1.2.840.113549.1.9.2"), set(filler));
    return requestPem(world.own, {
        attributes: attributes(extensionRequest(sanExtension(world, [])), note),
    });
}

function compressed(point: Buffer): Buffer {
    const odd = (point[point.length - 1] ?? 0) & 1;
    const algorithm = point.subarray(2, 23);
    return sequence(
        algorithm,
        bits(Buffer.concat([Buffer.from([2 + odd]), point.subarray(27, 59)])),
    );
}

function goodAttributes(world: World): Buffer {
    return attributes(extensionRequest(sanExtension(world, [])));
}

function sanExtension(world: World, dns: string[], ips: string[] = []): Buffer {
    const names = dns.length > 0 ? { dns, ips } : world.own;
    return subjectAltName(generalNames(names));
}

function stringAttribute(type: string): Buffer {
    return sequence(oid(type), set(text(StringType.Printable, "kubernetes.default.svc")));
}
