import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { readFarm } from "./settings";

/** One `remote.Command` a node: what any package that uses it has to pay. */
export function oneCommandEach(more: Partial<remote.CommandArgs> = {}): void {
    const { nodes, user, privateKey } = readFarm();
    for (const { name, host, port, hostKey } of nodes) {
        new remote.Command(`node-${name}`, {
            connection: pulumi.secret({ host, port, hostKey, privateKey, user }),
            create: "hostname",
            ...more,
        });
    }
}
