import * as pulumi from "@pulumi/pulumi";

/** A value that is known now. `undefined` is a known value too: nothing was set. */
export interface Known<T> {
    readonly known: true;
    readonly value: T;
}

/** A value that a preview does not know yet: another resource's output. */
export interface Later {
    readonly known: false;
}

/** A value as far as it is known. Whoever reads it has to say what happens while it is not. */
export type Peeked<T> = Known<T> | Later;

export const LATER: Later = { known: false };

export function known<T>(value: T): Known<T> {
    return { known: true, value };
}

/** Looks at an argument before any resource exists: an Output or a promise is known later. */
export function peek<T>(input: pulumi.Input<T> | undefined): Peeked<T | undefined> {
    if (pulumi.Output.isInstance(input) || input instanceof Promise) {
        return LATER;
    }
    return known(input);
}

/** The value of what is known and was set; undefined for all else. */
export function valueNow<T>(peeked: Peeked<T>): T | undefined {
    return peeked.known ? peeked.value : undefined;
}

/** True for what is known and was set. */
export function isSet<T>(peeked: Peeked<T | undefined>): peeked is Known<T> {
    return peeked.known && peeked.value !== undefined;
}

/** Waits for an argument. In a run it is known then; a preview may leave it unknown. Fails as the argument fails. */
export async function settled<T>(
    input: pulumi.Input<T> | undefined,
): Promise<Peeked<pulumi.Unwrap<T> | undefined>> {
    const now = peek(input);
    if (now.known && typeof now.value !== "object") {
        return now as Known<pulumi.Unwrap<T> | undefined>;
    }
    // The SDK keeps both to itself, and offers no other way to ask without making the answer unknown as well.
    const output = pulumi.output(input) as unknown as {
        isKnown: Promise<boolean>;
        promise(): Promise<pulumi.Unwrap<T> | undefined>;
    };
    const value = await output.promise();
    return (await output.isKnown) ? known(value) : LATER;
}

/**
 * The value behind a check that needs other arguments too. Nothing else of them reaches the result: it is unknown or secret
 * only when the value itself is, so that a preview shows no change where there is none.
 */
export function behind<T>(
    value: pulumi.Input<T>,
    check: Promise<void>,
): pulumi.Output<pulumi.Unwrap<T>> {
    return pulumi.output(value).apply(async (each) => {
        await check;
        return each;
    });
}
