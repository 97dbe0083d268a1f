import { spawn } from "node:child_process";
import { Cluster, down, installRequirements, requirements, up } from "./index";
import { problems } from "./kubernetes/health";
import { STATE } from "./paths";
import { readState } from "./state";
import type { KubernetesMinor } from "./versions";
import { parseUp, UP_USAGE } from "./upOptions";

const USAGE = `The test cluster: real kubeadm nodes on this machine.

  npm run cluster -- up [options]          bring it up, or find it up already
  npm run cluster -- down                  remove it, or what is left of it
  npm run cluster -- status                tell what there is
  npm run cluster -- ssh NODE [COMMAND…]   log in as ubuntu
  npm run cluster -- add-worker NAME       boot a node that joins
  npm run cluster -- remove-node NAME
  npm run cluster -- upgrade MINOR         kubeadm upgrade to the next minor version
  npm run cluster -- reboot NAME           cut its power and boot it again
  npm run cluster -- power-off NAME        cut its power
  npm run cluster -- power-on NAME
  npm run cluster -- restore               bring it back to how it was after up, or at the last
  npm run cluster -- snapshot              keep it as it is now, for restore

Each of them works on one of up to ten clusters beside each other: --instance N (1 to 9),
or SECURE_METRICS_SERVER_CLUSTER=N. Before the node's name and command in \`ssh\`.

${UP_USAGE}`;

/** Does what a command line says. Returns the exit code. */
export async function main(args: string[]): Promise<number> {
    const [verb, name, ...rest] = args;
    switch (verb) {
        case "up":
            await bringUp(args.slice(1));
            return status();
        case "down":
            await down();
            return 0;
        case "status":
            return status();
        case "ssh":
            return ssh(required(name), rest);
        case "add-worker":
            await new Cluster().addWorker(required(name));
            return 0;
        case "remove-node":
            await new Cluster().removeNode(required(name));
            return 0;
        case "upgrade":
            await new Cluster().upgrade(required(name, "to which version") as KubernetesMinor);
            return status();
        case "reboot":
            await new Cluster().reboot(required(name));
            return 0;
        case "power-off":
            await new Cluster().powerOff(required(name));
            return 0;
        case "power-on":
            await new Cluster().powerOn(required(name));
            return 0;
        case "snapshot":
            await new Cluster().snapshot();
            return 0;
        case "restore":
            await new Cluster().restore();
            return 0;
        default:
            process.stderr.write(USAGE);
            return verb === "help" || verb === "--help" ? 0 : 2;
    }
}

async function bringUp(args: string[]): Promise<void> {
    const { options, install } = parseUp(args);
    if (install) {
        await installRequirements(options);
    }
    await up(options);
}

async function status(): Promise<number> {
    const state = readState();
    if (state === undefined) {
        const lacks = requirements();
        const why = lacks.length === 0 ? "" : `; this machine lacks:\n${lacks.join("\n")}`;
        process.stdout.write(`no cluster is up${why}\n`);
        return 3;
    }
    const wrong = await problems(state);
    const nodes = state.nodes.map(({ name, nodeName, ips, role }) => {
        const names = name === nodeName ? name : `${name} (${nodeName})`;
        return `${names}\t${ips.join(", ")}\t${role}`;
    });
    const paths = [
        `kubeconfig\t${STATE.kubeconfig}`,
        `kubectl\t${state.parts.kubectl}`,
        `SSH key\t${STATE.sshKey}`,
        `logs\t${STATE.logs}`,
    ];
    const verdict = wrong.length === 0 ? "healthy" : `not usable: ${wrong.join(", ")}`;
    const made = [
        `versions\t${JSON.stringify(state.versions)}`,
        `options\t${JSON.stringify(state.options)}`,
    ];
    process.stdout.write(`${[verdict, ...nodes, ...made, ...paths].join("\n")}\n`);
    return wrong.length === 0 ? 0 : 1;
}

/** Hands the terminal over to ssh(1). */
async function ssh(node: string, command: string[]): Promise<number> {
    const cluster = new Cluster();
    const child = spawn("ssh", [...cluster.sshArguments(node), ...command], { stdio: "inherit" });
    return new Promise((resolve, reject) => {
        child.on("error", reject);
        child.on("exit", (code) => {
            resolve(code ?? 255);
        });
    });
}

function required(name: string | undefined, what = "which node"): string {
    if (name === undefined) {
        throw new Error(`${what}?`);
    }
    return name;
}
