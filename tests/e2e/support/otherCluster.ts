import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { INSTANCE_VARIABLE } from "../../cluster/harness/instanceOption";
import { OTHER_INSTANCES, stateDirectoryOf } from "../../cluster/harness/paths";
import type { KubeletProcess } from "../../support/observe";

const PROGRAM = join(__dirname, "otherClusterProgram.ts");

/** What there is of another cluster. */
export interface Look {
    kubeconfig: string;
    /** The uid of its Namespace kube-system. */
    uid: string;
    kubelets: Record<string, KubeletProcess>;
    /** What the package left there. */
    leftovers: string[];
}

/**
 * A second cluster on this machine, one control plane alone. A process works on one cluster, so each thing that is done with
 * this one is done by another process.
 */
export class OtherCluster {
    private constructor(private readonly instance: number) {}

    /** One that nobody has, and not the default one. */
    static free(): OtherCluster {
        const instance = OTHER_INSTANCES.find(
            (each) => each > 0 && !existsSync(stateDirectoryOf(each)),
        );
        if (instance === undefined) throw new Error("each of the ten test clusters is in use");
        return new OtherCluster(instance);
    }

    /** Brings it up where it is not, and looks at it. */
    async look(): Promise<Look> {
        return (await this.run("look")) as Look;
    }

    async down(): Promise<void> {
        await this.run("down");
    }

    private run(verb: string): Promise<unknown> {
        return new Promise((resolve, reject) => {
            const child = spawn(process.execPath, ["--import=tsx", PROGRAM, verb], {
                env: { ...process.env, [INSTANCE_VARIABLE]: String(this.instance) },
                stdio: ["ignore", "inherit", "inherit", "pipe"],
            });
            let answer = "";
            child.stdio[3]?.on("data", (part: Buffer) => (answer += part.toString()));
            child.on("error", reject);
            child.on("close", (code) => {
                if (code === 0 && answer !== "") resolve(JSON.parse(answer));
                else reject(new Error(`${verb} of cluster ${this.instance} ended with ${code}`));
            });
        });
    }
}
