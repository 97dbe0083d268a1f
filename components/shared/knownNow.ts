import * as pulumi from "@pulumi/pulumi";

/** Stands for a value that a preview does not know yet: another resource's output. */
export const LATER: unique symbol = Symbol("known later");

/** A value as far as it is known before any resource exists. */
export type Peeked<T> = T | typeof LATER | undefined;

/** Returns a plain value as it is, and LATER for an Output or a promise. */
export function peek<T>(input: pulumi.Input<T> | undefined): Peeked<T> {
    if (pulumi.Output.isInstance(input) || input instanceof Promise) {
        return LATER;
    }
    return input;
}

/** Narrows to a value that is present and known now. */
export function isKnown<T>(value: Peeked<T>): value is T {
    return value !== LATER && value !== undefined;
}
