import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PendingRequest } from "../../cluster/csr/listing";
import { go, writeMainModule } from "../../support/goModule";

const SOURCE = join(__dirname, "..", "kubelet-serving", "main.go");

/** Why Kubernetes would not store or not sign a request; empty where it would. */
export interface Verdict {
    apiServer: string;
    signer: string;
}

/** Kubernetes' own code for kubelet-serving requests, of one version. */
export class Kubernetes {
    private constructor(private readonly folder: string) {}

    /** Builds it: minutes for a version that Go's build cache does not know yet. */
    static async build(version: string): Promise<Kubernetes> {
        const folder = mkdtempSync(join(tmpdir(), "kubelet-serving-"));
        await writeMainModule(folder, { path: "k8s.io/kubernetes", version: `v${version}` });
        copyFileSync(SOURCE, join(folder, "main.go"));
        await go(folder, "build", "-mod=mod", "-trimpath", "-ldflags=-s -w", "-o", "judge", ".");
        return new Kubernetes(folder);
    }

    judge(requests: PendingRequest[]): Verdict[] {
        const lines = requests.map((request) => `${JSON.stringify(objectOf(request))}\n`);
        const { status, stdout, stderr, error } = spawnSync(join(this.folder, "judge"), {
            input: lines.join(""),
            encoding: "utf8",
            maxBuffer: 64 * 1024 * 1024,
        });
        if (status !== 0) throw error ?? new Error(stderr);
        const verdicts = stdout.trimEnd().split("\n");
        if (verdicts.length !== requests.length) {
            throw new Error(`${verdicts.length} verdicts for ${requests.length} requests`);
        }
        return verdicts.map((line) => withoutRequest(JSON.parse(line) as Verdict));
    }

    remove(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }
}

/** The API server's errors repeat the whole request. */
function withoutRequest({ apiServer, signer }: Verdict): Verdict {
    return { apiServer: apiServer.replace(/Invalid value: "[\w+/=]*": /, ""), signer };
}

/** The object that the sender's client would create. */
function objectOf({ name, pem, ...request }: PendingRequest): object {
    const { username, groups, usages, signerName, expirationSeconds } = request;
    return {
        apiVersion: "certificates.k8s.io/v1",
        kind: "CertificateSigningRequest",
        metadata: { name },
        spec: {
            request: pem.toString("base64"),
            ...{ username, groups, usages, signerName, expirationSeconds },
        },
    };
}
