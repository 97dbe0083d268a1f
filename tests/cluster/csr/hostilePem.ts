import { pem, requestDer, requestPem } from "./request";
import { themed, type HostileRequest, type World } from "./world";

/** Texts around and inside the PEM block, where parsers disagree about which block counts. */
export function hostilePem(world: World): HostileRequest[] {
    const good = requestPem(world.own);
    const evil = requestPem({ ...world.own, dns: ["kubernetes.default.svc"] });
    const der = requestDer(world.own);
    const body = good.toString();
    const text = (value: string): Buffer => Buffer.from(value);
    return themed("pem", [
        { id: "good block, then one for the API server", pem: Buffer.concat([good, evil]) },
        { id: "block for the API server, then a good one", pem: Buffer.concat([evil, good]) },
        { id: "the same good block twice", pem: Buffer.concat([good, good]) },
        { id: "text before the block", pem: text(`w1 it is\n${body}`) },
        { id: "text after the block", pem: text(`${body}kubernetes.default.svc\n`) },
        { id: "empty line before the block", pem: text(`\n${body}`) },
        { id: "empty line after the block", pem: text(`${body}\n`) },
        { id: "byte order mark", pem: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), good]) },
        { id: "NUL after the block", pem: Buffer.concat([good, Buffer.from([0])]) },
        { id: "no newline at the end", pem: text(body.trimEnd()) },
        { id: "header in the block", pem: text(body.replace("\n", "\nX-Note: w1\n\n")) },
        { id: "encryption header", pem: text(body.replace("\n", "\nProc-Type: 4,ENCRYPTED\n\n")) },
        { id: "empty line in the block", pem: text(body.replace("\n", "\n\n")) },
        { id: "CRLF line ends", pem: pem(der, "CERTIFICATE REQUEST", 64, "\r\n") },
        { id: "76 columns", pem: pem(der, "CERTIFICATE REQUEST", 76) },
        { id: "one long line", pem: pem(der, "CERTIFICATE REQUEST", 4096) },
        { id: "spaces at the line ends", pem: text(body.replaceAll("\n", " \n")) },
        { id: "old block type", pem: pem(der, "NEW CERTIFICATE REQUEST") },
        {
            id: "certificate behind the request",
            pem: Buffer.concat([good, pem(der, "CERTIFICATE")]),
        },
        { id: "unfinished block before the good one", pem: text(`${beginning(evil)}${body}`) },
        { id: "unfinished block behind the good one", pem: text(`${body}${beginning(evil)}`) },
        { id: "base64 with set bits in its padding", pem: paddingBits(world) },
        { id: "END line of another type", pem: text(body.replace("END CERTIFICATE R", "END X R")) },
        { id: "not PEM", pem: text("kubernetes.default.svc") },
    ]);
}

function beginning(block: Buffer): string {
    return `${block.toString().split("\n").slice(0, 4).join("\n")}\n`;
}

/** The same bytes in a base64 that no encoder writes. Signatures vary in length, so it is tried until padding occurs. */
function paddingBits(world: World): Buffer {
    for (;;) {
        const block = requestPem(world.own).toString();
        const padded = /([AEIMQUYcgkosw048])=\n/.exec(block);
        const last = padded?.[1];
        if (last !== undefined && !block.includes("==\n")) {
            const next = String.fromCharCode(last.charCodeAt(0) + 1);
            return Buffer.from(block.replace(`${last}=\n`, `${next}=\n`));
        }
    }
}
