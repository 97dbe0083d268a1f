import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { chmod, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { messageOf } from "../budgets";

/** Where Kubernetes publishes its programs, and beside each of them the SHA-256 of it; `none` has them built. */
const FROM =
    process.env["SECURE_METRICS_SERVER_KUBERNETES_RELEASES"] ?? "https://dl.k8s.io/release";
/** Milliseconds for the first answer: behind a firewall there may be none. */
const ANSWER = 10_000;
/** Milliseconds for one program of a hundred megabytes. */
const DOWNLOAD = 300_000;

/**
 * Downloads a release's own programs into a directory, each verified with the digest that is published beside it. Returns why
 * it could not, in words, and then leaves nothing: they can be built instead.
 */
export async function downloadRelease(
    version: string,
    programs: string[],
    directory: string,
    from = FROM,
): Promise<string | undefined> {
    if (from === "none") {
        return "releases are not wanted";
    }
    const base = `${from}/${version}/bin/linux/${architecture()}`;
    try {
        const digests = await Promise.all(
            programs.map((name) => digestOf(`${base}/${name}.sha256`)),
        );
        for (const [index, name] of programs.entries()) {
            await download(`${base}/${name}`, join(directory, name), digests[index]);
        }
        return undefined;
    } catch (error) {
        await Promise.all(programs.map((name) => rm(join(directory, name), { force: true })));
        return messageOf(error);
    }
}

/** The machine's architecture as Kubernetes calls it. */
export function architecture(): string {
    return process.arch === "x64" ? "amd64" : process.arch;
}

async function digestOf(url: string): Promise<string> {
    const text = (await (await get(url, ANSWER)).text()).trim();
    if (!/^[0-9a-f]{64}$/.test(text)) {
        throw new Error(`${url} is no SHA-256`);
    }
    return text;
}

async function download(url: string, file: string, digest: string | undefined): Promise<void> {
    const { body } = await get(url, DOWNLOAD);
    const hash = createHash("sha256");
    const hashed = async function* (chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
        for await (const chunk of chunks) {
            hash.update(chunk);
            yield chunk;
        }
    };
    const from = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
    await pipeline(from, hashed, createWriteStream(`${file}.part`));
    if (hash.digest("hex") !== digest) {
        await rm(`${file}.part`);
        throw new Error(`${url} has another SHA-256 than the one that is published`);
    }
    await chmod(`${file}.part`, 0o755);
    await rename(`${file}.part`, file);
}

async function get(url: string, timeout: number): Promise<Response> {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeout) }).catch(
        (error: unknown) => {
            const { cause } = error as { cause?: unknown };
            throw new Error(`${url} cannot be reached: ${messageOf(cause ?? error)}`);
        },
    );
    if (!response.ok || response.body === null) {
        throw new Error(`${url} answers ${response.status}`);
    }
    return response;
}
