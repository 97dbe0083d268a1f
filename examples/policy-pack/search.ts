import { decoded, documents } from "./documents";
import { expanded } from "./environment";
import { onlyRefuses } from "./validating";
import { at, isObject, LATER, read, type Props } from "./walk";

/** An object of Kubernetes, alone, in a list, or in a text. */
export interface Manifest {
    /** Group and kind, such as `apps/Deployment`; "" for an object that does not say. */
    kind: string;
    path: string[];
    value: Props;
}

/** A text, number or switch that something may act on, with the keys that lead to it, those inside texts included. */
export interface Scalar {
    path: string[];
    value: unknown;
}

export interface Found {
    manifests: Manifest[];
    scalars: Scalar[];
    /** Settings that are written as a name and a value; the path ends with the name. */
    pairs: Scalar[];
}

/** Resources whose objects are resources of their own, so that those are checked as they are rendered. */
const SHOWS_ITS_OBJECTS =
    /^kubernetes:(yaml|yaml\/v2|kustomize|kustomize\/v2|helm\.sh\/v[234]):(Chart|ConfigFile|ConfigGroup|Directory)$/;
const SEEN = [
    /^kubernetes:/,
    /^pulumi:providers:kubernetes$/,
    // Add-ons of EKS carry the values of a chart.
    /^(aws:eks\/addon|aws-native:eks|eks:index):Addon$/,
];

/** Everything in a resource that a cluster may act on, also inside manifests, values, patches and base64. */
export function search(type: string, props: Props): Found {
    const found: Found = { manifests: [], scalars: [], pairs: [] };
    if (SEEN.some((seen) => seen.test(type)) && !SHOWS_ITS_OBJECTS.test(type)) {
        searchManifest({ kind: kindOfType(type), path: [], value: props }, found);
    }
    return found;
}

function searchManifest(manifest: Manifest, found: Found): void {
    found.manifests.push(manifest);
    searchValue(manifest.value, manifest.path, manifest, found);
}

function searchValue(value: unknown, path: string[], manifest: Manifest, found: Found): void {
    const inside = path.slice(manifest.path.length);
    if (value === LATER || (!isInValues(manifest) && onlyRefuses(manifest.kind, inside))) {
        return;
    }
    if (value instanceof Uint8Array) {
        searchText(Buffer.from(value).toString(), path, manifest, found);
    } else if (typeof value === "string") {
        searchText(value, path, manifest, found);
    } else if (!isObject(value)) {
        found.scalars.push({ path, value });
    } else if (inside.length === 2 && inside[0] === "items") {
        searchManifest({ kind: kindOf(value) || manifest.kind, path, value }, found);
    } else {
        searchObject(value, path, manifest, found);
    }
}

/** A chart may do anything with its values, also with those that look like a policy. */
function isInValues({ path }: Manifest): boolean {
    return path.some((key) => /values/i.test(key));
}

function searchObject(value: Props, path: string[], manifest: Manifest, found: Found): void {
    found.pairs.push(...pairsIn(value, path));
    for (const key of Object.keys(value)) {
        const inner = read(value, key);
        const runs = key === "args" || key === "command";
        searchValue(runs ? expanded(inner, value) : inner, [...path, key], manifest, found);
    }
}

function searchText(text: string, path: string[], manifest: Manifest, found: Found): void {
    const inner = documents(text);
    // A template may look like YAML and be something else when it is rendered.
    if (inner === undefined || text.includes("{{")) {
        found.scalars.push({ path, value: text });
        const plain = decoded(text);
        if (plain !== undefined) {
            searchText(plain, path, manifest, found);
        }
    }
    for (const value of inner ?? []) {
        if (isObject(value)) {
            searchManifest({ kind: kindOf(value), path, value }, found);
        } else {
            searchValue(value, path, manifest, found);
        }
    }
}

/** A name and its value: a parameter of Argo CD, a JSON patch, an Assign of Gatekeeper. A patch may copy the value. */
function pairsIn(value: Props, path: string[]): Scalar[] {
    const assigned =
        at(value, "value") ?? at(value, "parameters", "assign", "value") ?? at(value, "from");
    if (assigned === undefined || assigned === null || assigned === LATER || isObject(assigned)) {
        return [];
    }
    // A JSON patch may also test what is there.
    return (at(value, "op") === "test" ? ["name"] : ["name", "path", "location"]).flatMap((key) => {
        const name = at(value, key);
        return typeof name === "string" ? [{ path: [...path, name], value: assigned }] : [];
    });
}

/** `kubernetes:apps/v1:DeploymentPatch` is about an `apps/Deployment`. */
function kindOfType(type: string): string {
    const [, group = "", kind = ""] =
        /^kubernetes:([^/:]+)\/[^:]+:(\w+?)(?:Patch|List)?$/.exec(type) ?? [];
    return group === "" ? "" : `${group}/${kind}`;
}

function kindOf(value: Props): string {
    const [version, kind] = [read(value, "apiVersion"), read(value, "kind")];
    if (typeof version !== "string" || typeof kind !== "string") {
        return "";
    }
    return `${version.includes("/") ? (version.split("/")[0] ?? "") : "core"}/${kind}`;
}
