import { search } from "./search";
import { settersOf } from "./settings";
import type { Props } from "./walk";

const SETTING = "insecure-skip-tls-verify";

/** A kubeconfig that trusts any API server: of a provider, or in a manifest. */
export function insecureApiServers(type: string, props: Props): string[] {
    return settersOf(SETTING, search(type, props)).map(
        (path) =>
            `${path}: ${SETTING} is set, and not to false; set certificate-authority-data instead: kubectl config view --raw --minify shows it`,
    );
}
