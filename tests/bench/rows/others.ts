import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findAnsible, runPlaybook } from "../others/ansible";
import { prepareLogin, type Login } from "../others/login";
import { runPlain } from "../others/plain";
import type { Farm } from "../nodes/farm";
import { median, table } from "../support/figures";

/** Seconds of the first and of the second run of one way, of all rounds. */
export interface Way {
    title: string;
    /** Kubelets that restart at the same time. */
    atATime: string;
    checks: string;
    first: number[];
    again: number[];
}

/** What the package's own scripts check, in whatever order somebody runs them. */
export const SCRIPT_CHECKS =
    "host keys; on each node that it is that node, its configuration, its health before and after (else the old file comes back); who sent each request and every byte of it; of each certificate chain, names and a handshake, from the node and from a control plane";

export function newWay(title: string, atATime: string, checks: string): Way {
    return { title, atATime, checks, first: [], again: [] };
}

/** Ways to the same kubelets that others take. Each round begins and ends with stock nodes. */
export class Others {
    readonly ways: Way[];
    /** What cannot be measured here, and why. */
    readonly missing: string[] = [];
    private readonly login: Login;
    private readonly runs: [Way, () => Promise<number>][] = [];

    constructor(farm: Farm) {
        this.login = prepareLogin(mkdtempSync(join(tmpdir(), "sms-bench-others-")), farm);
        const plain = newWay(
            "bash over SSH, nothing of the package",
            "1",
            "host keys; nothing else, and approves whatever is pending",
        );
        this.runs.push([plain, () => runPlain(this.login, "on")]);
        const { bin, why } = findAnsible();
        if (bin === undefined) {
            this.missing.push(why);
        } else {
            const ansible = newWay(
                "Ansible, raw modules, the steps of kubespray",
                "all",
                "host keys, and that every command ends with 0; approves whatever is pending",
            );
            this.runs.push([ansible, () => runPlaybook(bin, this.login)]);
        }
        this.ways = this.runs.map(([way]) => way);
    }

    async round(): Promise<void> {
        for (const [way, run] of this.runs) {
            try {
                way.first.push(await run());
                way.again.push(await run());
            } finally {
                await runPlain(this.login, "off");
            }
        }
    }

    remove(): void {
        rmSync(this.login.folder, { recursive: true, force: true });
    }
}

/** One row a way. */
export function waysTable(ways: Way[]): string {
    return table(
        [
            "the same kubelets by",
            "first run, min / median",
            "again",
            "restarts at a time",
            "what is checked",
        ],
        ways.map(({ title, first, again, atATime, checks }) => [
            title,
            seconds(first),
            seconds(again),
            atATime,
            checks,
        ]),
    );
}

function seconds(measured: number[]): string {
    return `${Math.min(...measured).toFixed(1)} / ${median(measured).toFixed(1)} s`;
}
