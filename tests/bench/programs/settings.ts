import { readFileSync } from "node:fs";
import type { Farm } from "../nodes/farm";

/** What the benchmark put beside the program: the stand-in nodes. */
export function readFarm(): Farm {
    return JSON.parse(readFileSync("farm.json", "utf8")) as Farm;
}
