import { chartsThatSkip } from "./charts";
import { search } from "./search";
import { settersOf } from "./settings";
import type { Props } from "./walk";

const SETTING = "insecureSkipTLSVerify";
const ADVICE = "set it to false, and caBundle instead: SecureMetricsServer does";

/** An APIService that skips the verification of its server, in whatever form it comes. */
export function insecureApiServices(type: string, props: Props): string[] {
    const found = search(type, props);
    return [
        ...settersOf(SETTING, found).map(
            (path) => `${path}: ${SETTING} is set, and not to false; ${ADVICE}`,
        ),
        ...found.manifests
            .flatMap(chartsThatSkip)
            .map((path) => `${path}.${SETTING} is true in this chart by default; ${ADVICE}`),
    ];
}
