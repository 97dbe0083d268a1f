import type { Cluster } from "../cluster/harness";
import { issue } from "../cluster/support/issue";
import { applyObject, deleteObject, type KubernetesObject } from "../cluster/support/objects";
import { runRemote, type RemoteInputs } from "../cluster/support/remote";
import type { Properties } from "../host/support/monitor";
import { notAsRegistered } from "./compare";

/** A resource, its inputs without marks. */
export interface Resource {
    type: string;
    name: string;
    inputs: Properties;
}

/**
 * Really does what a program registers, in the place of the providers: commands run over SSH, objects are made with kubectl,
 * keys and certificates come from OpenSSL. Returns what was computed.
 */
export async function create(
    cluster: Cluster,
    { type, name, inputs }: Resource,
): Promise<Properties> {
    if (type === "command:remote:Command") {
        const command = inputs as unknown as RemoteInputs;
        return { stdout: await runRemote(cluster, command, command.create), stderr: "" };
    }
    if (type.startsWith("kubernetes:")) {
        return applyObject(cluster, name, inputs);
    }
    if (type.startsWith("tls:")) {
        return issue(type, inputs);
    }
    if (type.startsWith("pulumi:providers:")) {
        return {};
    }
    throw new Error(`${name}: there is no substitute for ${type}`);
}

/** Brings what is there to other inputs. Only commands can do that; for anything else a real engine is needed. */
export async function update(
    cluster: Cluster,
    { type, name, inputs }: Resource,
    differing: string[],
): Promise<Properties> {
    if (type !== "command:remote:Command") {
        throw new Error(
            `${name} differs in ${differing.join(", ")}: the substitute for the engine changes commands only`,
        );
    }
    const command = inputs as unknown as RemoteInputs;
    return {
        stdout: await runRemote(cluster, command, command.update ?? command.create),
        stderr: "",
    };
}

/** Takes back what `create` made; `outputs` are what it returned. */
export async function remove(
    cluster: Cluster,
    { type, inputs }: Resource,
    outputs: Properties,
): Promise<void> {
    if (type === "command:remote:Command") {
        const command = inputs as unknown as RemoteInputs;
        if (command.delete !== undefined) {
            await runRemote(cluster, command, command.delete);
        }
    }
    if (type.startsWith("kubernetes:")) {
        await deleteObject(cluster, outputs as KubernetesObject);
    }
}

/** Where an object of the cluster is not what was registered any more, as paths. Other resources are not looked at. */
export async function driftOf(
    cluster: Cluster,
    { type }: Resource,
    outputs: Properties,
): Promise<string[]> {
    if (!type.startsWith("kubernetes:")) {
        return [];
    }
    const wanted = outputs as KubernetesObject;
    const args = ["get", "-f", "-", "-o", "json", "--ignore-not-found"];
    const found = await cluster.kubectl(args, { input: JSON.stringify(wanted) });
    // With a file, kubectl prints a list.
    const { items } = (found === "" ? { items: [] } : JSON.parse(found)) as { items: unknown[] };
    return items.length === 0 ? ["the whole object"] : notAsRegistered(wanted, items[0]);
}

/** An object that is only read, because it is there already. */
export async function readObject(cluster: Cluster, type: string, id: string): Promise<Properties> {
    if (type !== "kubernetes:core/v1:Namespace") {
        throw new Error(`there is no substitute for reading ${type}`);
    }
    const found = await cluster.kubectl(["get", "namespace", id, "-o", "json"]);
    return JSON.parse(found) as Properties;
}
