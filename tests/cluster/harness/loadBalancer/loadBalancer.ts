import { existsSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { API_PORT, networksOf } from "../addresses";
import { BUDGETS, found, GiveUp, notYet, until } from "../budgets";
import { environment } from "../host/environment";
import { findGroup, makeGroup, members } from "../host/groups";
import { addToNetwork } from "../network";
import { nodeLog, script, STATE } from "../paths";
import { start } from "../run";
import type { ClusterState } from "../state";
import { haproxyConfig } from "./haproxyConfig";

/** The control group of the load balancer. */
const GROUP = "load-balancer";
const LOG = "load-balancer";

/**
 * Starts haproxy in the network of the nodes, at an address of its own, in front of all control planes, those that are yet to
 * come included. `caPem` is the CA of their certificates.
 */
export async function startLoadBalancer(state: ClusterState, caPem: string): Promise<void> {
    const networks = networksOf(state.options.ipFamily);
    const addresses = networks.map(({ loadBalancer }) => loadBalancer);
    const servers = state.nodes.filter(({ role }) => role === "controlPlane");
    const [address = ""] = addresses;
    writeFileSync(STATE.ca, caPem);
    writeFileSync(
        STATE.haproxy,
        haproxyConfig({ addresses, port: API_PORT, servers, caFile: STATE.ca }),
    );
    const network = await addToNetwork(addresses);
    const join = [script("join.sh"), ...makeGroup(GROUP), "--"];
    const enter = ["nsenter", `--target=${network}`, "--net", "--"];
    const { pid } = start("sh", [...join, ...enter, "haproxy", "-db", "-f", STATE.haproxy], {
        env: environment(),
        log: nodeLog(LOG),
    });
    await until("the load balancer", BUDGETS.process, async () => {
        if (await answers(address)) {
            return found(true);
        }
        if (!existsSync(`/proc/${pid}`)) {
            throw new GiveUp(`haproxy has ended; its log is ${nodeLog(LOG)}`);
        }
        return notYet(`nothing listens at ${address}`);
    });
}

/** Whether it runs. */
export function loadBalancerRuns(): boolean {
    return findGroup(GROUP).some((group) => members(group).length > 0);
}

function answers(address: string): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect({ host: address, port: API_PORT, timeout: 1_000 });
        const end = (answer: boolean): void => {
            socket.destroy();
            resolve(answer);
        };
        socket.once("connect", () => {
            end(true);
        });
        socket.once("error", () => {
            end(false);
        });
        socket.once("timeout", () => {
            end(false);
        });
    });
}
