/* eslint-disable @typescript-eslint/no-require-imports --
   Not `import()`: a plugin host that compiles the sources itself leaves it as it is, and it cannot load TypeScript. */

// What loads the SSH client, which a run that reaches no node does not need.

export function loadReachable(): typeof import("./reachable") {
    return require("./reachable") as typeof import("./reachable");
}

export function loadNodeWatch(): typeof import("./nodeWatch") {
    return require("./nodeWatch") as typeof import("./nodeWatch");
}

export function loadProbe(): typeof import("./probe") {
    return require("./probe") as typeof import("./probe");
}
