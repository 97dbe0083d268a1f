import { isProse, withoutComments } from "./prose";
import { search, type Scalar } from "./search";
import { lastName } from "./settings";
import type { Props } from "./walk";

/** The flag and its predecessor. */
const NAME = "(?:kubelet[-_]insecure[-_]tls|deprecated[-_]kubelet[-_]completely[-_]insecure)";
/** Only an explicit false, as Go reads it, is harmless; `!` before the flag is Kyverno's "not". */
const FLAG = new RegExp(`(?<![\\w!-])--?${NAME}(?![-\\w])(?!=["']?(false|f|0)\\b)`, "i");
/** The flag alone, or as an item of a list. */
const ITEM = new RegExp(`^[^\\S\\n]*(-\\s+)?["']?${FLAG.source}`, "im");
const KEY = new RegExp(`^-*${NAME}$`, "i");

/** The flag that switches the verification of kubelets off, in whatever kind of object. */
export function insecureFlags(type: string, props: Props): string[] {
    const { scalars, pairs } = search(type, props);
    return [...[...scalars, ...pairs].filter(isKey), ...scalars.filter(hasText)].map(
        ({ path }) =>
            `${path.join(".")} has --kubelet-insecure-tls; give kubelets real certificates instead: SecureMetricsServer does`,
    );
}

/** The flag as a key, as some charts take it. */
function isKey({ path, value }: Scalar): boolean {
    return KEY.test(lastName(path)) && !/^\s*(false|f|0)\s*$/i.test(String(value));
}

function hasText({ path, value }: Scalar): boolean {
    if (typeof value !== "string") {
        return false;
    }
    if (isProse(path)) {
        return ITEM.test(value);
    }
    const runs = path.some((key) => /^((init|ephemeral)?containers|command|\w*args)$/i.test(key));
    return FLAG.test(runs ? value : withoutComments(value));
}
