/**
 * What a component hands to its child beside the child's public arguments: kept by the very object with the arguments, so
 * that no program can set it.
 */
export class HandDown<T> {
    readonly #kept = new WeakMap<object, T>();

    /** Keeps something for whoever is made from these arguments, and returns them. */
    public give<A extends object>(args: A, what: T): A {
        this.#kept.set(args, what);
        return args;
    }

    /** What the parent gave, or undefined when a program made the arguments. */
    public take(args: object): T | undefined {
        return this.#kept.get(args);
    }
}
