import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One source of packages, as apt knows it. */
interface Source {
    uri: string;
    suites: string[];
    components: string[];
}

/**
 * The Debian mirror that this machine's apt uses: the cluster's root file system comes from there, and no address is written
 * down here. A machine of another distribution names one in the environment.
 */
export function debianMirror(suite: string): string | undefined {
    const set = process.env["SECURE_METRICS_SERVER_DEBIAN_MIRROR"];
    if (set !== undefined && set !== "") {
        return set;
    }
    const sources = aptSources().filter(({ components }) => components.includes("main"));
    const exact = sources.find(({ suites }) => suites.includes(suite));
    // A machine with another release of Debian: a mirror carries all of them.
    const debian = sources.find(({ uri }) => /\/debian\/?$/.test(uri));
    return (exact ?? debian)?.uri;
}

function aptSources(): Source[] {
    const directory = "/etc/apt/sources.list.d";
    const files = existsSync(directory) ? readdirSync(directory).sort() : [];
    const paths = ["/etc/apt/sources.list", ...files.map((file) => join(directory, file))];
    return paths
        .filter((path) => /\.(list|sources)$/.test(path) && existsSync(path))
        .flatMap((path) => {
            const text = readFileSync(path, "utf8").replace(/^\s*#.*\n/gm, "");
            return path.endsWith(".list") ? parseOneLine(text) : parseDeb822(text);
        });
}

/** `deb [options] URI SUITE COMPONENT…` */
export function parseOneLine(text: string): Source[] {
    return text.split("\n").flatMap((line) => {
        const match = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$/.exec(line.trim());
        const [, uri, suite, components] = match ?? [];
        return uri === undefined || suite === undefined || components === undefined
            ? []
            : [{ uri, suites: [suite], components: components.split(/\s+/) }];
    });
}

/** Paragraphs of `Field: value`. */
export function parseDeb822(text: string): Source[] {
    return text.split(/\n\s*\n/).flatMap((paragraph) => {
        const field = (name: string): string[] => {
            const value = new RegExp(`^${name}:(.*(?:\\n[ \\t]+.*)*)`, "im").exec(paragraph)?.[1];
            return value?.trim().split(/\s+/) ?? [];
        };
        const enabled = field("Enabled")[0] !== "no" && field("Types").includes("deb");
        return enabled
            ? field("URIs").map((uri) => ({
                  uri,
                  suites: field("Suites"),
                  components: field("Components"),
              }))
            : [];
    });
}
