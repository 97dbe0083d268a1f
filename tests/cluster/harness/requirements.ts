import { accessSync, constants, existsSync, mkdirSync, readFileSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { spawnSync } from "node:child_process";
import { ADDRESSES, HOST_LINK } from "./addresses";
import { debianMirror } from "./host/debianMirror";
import { hierarchies } from "./host/hierarchies";
import { goEnvironment } from "./parts/goEnvironment";
import { hasPrograms, hasRootFileSystem } from "./parts/ensureParts";
import { cacheDirectory, STATE_DIRECTORY } from "./paths";
import { VERSIONS } from "./versions";

/** Tools of the machine that the driver calls, and Debian's package of each. */
const TOOLS: Record<string, string> = {
    ip: "iproute2",
    nsenter: "util-linux",
    unshare: "util-linux",
    flock: "util-linux",
    tar: "tar",
    find: "findutils",
    ssh: "openssh-client",
    "ssh-keygen": "openssh-client",
};
