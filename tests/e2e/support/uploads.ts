import type { Cluster } from "../../cluster/harness";
import { BUDGETS, found, notYet, until } from "../../cluster/harness/budgets";
import { shell } from "./faults";
import { composedScript, type ScriptName } from "../../../components/ssh/scriptTable";

/** A run that has not ended yet, or has. */
export interface Over {
    yet: boolean;
}

/** An upload that stands still in the middle of it. */
export interface HeldUpload {
    /** True as soon as half of the script has come, false when the run is over before. */
    half: (over: Over) => Promise<boolean>;
    /** True as soon as the whole script lies on the node, false when the run is over before. */
    stored: (over: Over) => Promise<boolean>;
    /** Lets the upload go on, and every later one through. */
    release: () => Promise<void>;
}

/** Comes before /usr/bin in sudo's path. */
const PROGRAM = "/usr/sbin/head";
const FOLDER = "/run/hold-upload-for-test";
const KEPT = "/var/lib/secure-metrics-server/scripts";

/**
 * In front of `head`, with which the receiver reads a script: takes half of it, and the rest when it is let go. Everybody else's
 * `head` is the node's own.
 */
function program(file: string): string {
    return `#!/bin/sh
case $(tr '\\0' ' ' <"/proc/$PPID/cmdline") in
    *' ${file} '*) ;;
    *) exec /usr/bin/head "$@" ;;
esac
[ -d ${FOLDER} ] || exec /usr/bin/head "$@"
half=$(($2 / 2))
/usr/bin/head -c "$half"
: >${FOLDER}/half
while [ -d ${FOLDER} ]; do sleep 0.1; done
exec /usr/bin/head -c $(($2 - half))
`;
}

/** From now on, an upload of this script to a node stops halfway. It takes the script away that an earlier run has left there. */
export async function holdUpload(
    cluster: Cluster,
    node: string,
    script: ScriptName,
): Promise<HeldUpload> {
    const { file } = composedScript(script);
    const places = [`${KEPT}/${file}`, `/run/secure-metrics-server.script-${file}.*`].join(" ");
    await cluster.exec(
        node,
        [
            "sh",
            "-ec",
            `rm -f ${places}; mkdir -p ${FOLDER}; cat >${PROGRAM}; chmod 0755 ${PROGRAM}`,
        ],
        { input: program(file) },
    );
    const arrives = (what: string, test: string, over: Over): Promise<boolean> =>
        until(`${what} of ${script} on ${node}`, BUDGETS.workload, async () => {
            const { code } = await cluster.exec(node, ["sh", "-c", test], { allowFailure: true });
            if (code === 0) return found(true);
            return over.yet ? found(false) : notYet("nothing there");
        });
    return {
        half: (over) => arrives("half", `[ -e ${FOLDER}/half ]`, over),
        stored: (over) => arrives("all", `ls ${places} 2>/dev/null | grep -q .`, over),
        release: () => shell(cluster, node, `rm -f ${PROGRAM}; rm -rf ${FOLDER}`),
    };
}
