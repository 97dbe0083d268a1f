/* eslint-disable @typescript-eslint/no-require-imports --
   Not `import()`: a plugin host that compiles the sources itself leaves it as it is, and it cannot load TypeScript. */

// What loads the SSH client, which a run that reaches no node does not need.

export function loadDelivery(): typeof import("./deliverScript") {
    return require("./deliverScript") as typeof import("./deliverScript");
}

export function loadNodeWatch(): typeof import("./watchNode") {
    return require("./watchNode") as typeof import("./watchNode");
}

export function loadProbe(): typeof import("./driftProbe") {
    return require("./driftProbe") as typeof import("./driftProbe");
}

export function loadReadiness(): typeof import("./nodeReadiness") {
    return require("./nodeReadiness") as typeof import("./nodeReadiness");
}
