/**
 * Makes a resource without a trace of where it was made. The SDK takes a stack trace of each resource and the engine keeps it
 * in the state, always the same lines of this package for one command on a node after the other: as much as all that the
 * command carries. The component has its own, which says where in the program it is.
 */
export function untraced<T>(make: () => T): T {
    const before = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
    Error.prepareStackTrace = () => "";
    try {
        return make();
    } finally {
        if (before === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
        else Object.defineProperty(Error, "prepareStackTrace", before);
    }
}
