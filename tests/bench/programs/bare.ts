/** One bare `remote.Command` a node: what any package that uses it has to pay. */
import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { readFarm } from "./settings";

const { nodes, user, privateKey } = readFarm();
for (const { name, host, port, hostKey } of nodes) {
    new remote.Command(`node-${name}`, {
        connection: pulumi.secret({ host, port, hostKey, privateKey, user }),
        create: "hostname",
    });
}
