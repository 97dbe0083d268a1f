import { basename } from "node:path";
import { readScript } from "../../components/ssh/composeScript";
import { scriptEntry } from "../../components/ssh/scriptTable";

/** What lies in the approver's folder on a control plane, by file name: all that the installer carries. */
export function approverFiles(): Record<string, string> {
    return Object.fromEntries(
        scriptEntry("csr-approval").files.flatMap((part) => {
            if (typeof part === "string") return [];
            return "embed" in part
                ? [[basename(part.embed), readScript(part.embed)]]
                : [["reserved.awk", part.generate()]];
        }),
    );
}
