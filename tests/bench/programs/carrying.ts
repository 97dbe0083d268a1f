/** Commands that carry the stdin of ours: what the engine takes for the text alone. */
import { readFileSync } from "node:fs";
import { oneCommandEach } from "./commands";

oneCommandEach({ stdin: readFileSync("node.sh", "utf8") });
