import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** The file that a command's name stands for, in PATH or where root's tools are. */
export function findTool(name: string): string | undefined {
    const path = (process.env["PATH"] ?? "").split(":");
    return [...path, "/usr/sbin", "/sbin"]
        .map((directory) => join(directory, name))
        .find((file) => {
            try {
                accessSync(file, constants.X_OK);
                return true;
            } catch {
                return false;
            }
        });
}
