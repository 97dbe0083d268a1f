import { composeScript } from "../../components/ssh/composeScript";
import { loaderOf } from "../../components/ssh/nodeScripts";
import { composedScript, SCRIPT_NAMES } from "../../components/ssh/scriptTable";

/**
 * What a command of the state has on stdin, with the script itself instead of the loader: for runs without an engine, whose hook
 * would put the script on the node.
 */
export function wholeStdin(stdin: string): string {
    const name = SCRIPT_NAMES.find((one) => stdin.includes(`SCRIPT='${composedScript(one).file}'`));
    if (name === undefined || !stdin.endsWith(loaderOf(name))) {
        throw new Error(`no script of today's: ${stdin.slice(0, 300)}`);
    }
    return stdin.slice(0, -loaderOf(name).length) + composeScript({}, [composedScript(name).text]);
}
