import type * as pulumi from "@pulumi/pulumi";
import { refuse, type Owner } from "./invalidArguments";
import { peek, settled, valueNow } from "./knownNow";
import { underMocks } from "./underMocks";

/** Arguments by their names, each as far as it is known. */
export type Texts = Record<string, string | undefined>;

/** Arguments that have to fit each other. */
export interface Fitting {
    /** By the name that a sentence calls it. */
    needed: Record<string, pulumi.Input<string | undefined> | undefined>;
    /** What may be empty, or not there. */
    optional?: Record<string, pulumi.Input<string | undefined> | undefined>;
    /** All that is wrong with those that are known. */
    problems: (known: Texts) => string[];
}

/** Those that are known now, by their names. */
export function knownTexts({ needed, optional }: Omit<Fitting, "problems">): Texts {
    return Object.fromEntries(
        Object.entries({ ...needed, ...optional }).map(([at, input]) => [
            at,
            valueNow(peek(input)),
        ]),
    );
}

/** Ends well when arguments fit each other that a preview may not know; otherwise with all problems, as arguments that are refused. */
export function checkLate(owner: Owner, fitting: Fitting): Promise<void> {
    const inputs = Object.values({ ...fitting.needed, ...fitting.optional });
    const checked = inputs.every((input) => peek(input).known)
        ? Promise.resolve()
        : look(owner, fitting);
    // Whatever is made from the arguments fails with it.
    checked.catch(() => undefined);
    return checked;
}

async function look(
    { component, name }: Owner,
    { needed, optional, problems }: Fitting,
): Promise<void> {
    const found: Texts = {};
    const empty: string[] = [];
    for (const [at, input] of Object.entries({ ...needed, ...optional })) {
        const now = await settled(input);
        found[at] = valueNow(now);
        if (at in needed && now.known && (now.value ?? "") === "") empty.push(at);
    }
    if (empty.length > 0 && underMocks()) {
        return;
    }
    const missing = empty.map((at) => `${at} is missing: what it comes from is empty`);
    refuse(component, name, missing.length > 0 ? missing : problems(found));
}
