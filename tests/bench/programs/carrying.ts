/** The bare commands again, each with the script of a node on stdin: what the engine takes for the text alone. */
import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { readFarm } from "./settings";

const script = readFileSync("node.sh", "utf8");
const { nodes, user, privateKey } = readFarm();
for (const { name, host, port, hostKey } of nodes) {
    new remote.Command(`node-${name}`, {
        connection: pulumi.secret({ host, port, hostKey, privateKey, user }),
        create: "hostname",
        stdin: script,
    });
}
