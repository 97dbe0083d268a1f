import { documents } from "./documents";
import type { Manifest } from "./search";
import { isFalse } from "./settings";
import { at, isObject, items, LATER, read, type Props } from "./walk";

/** The charts of metrics-server, upstream's and Bitnami's: both skip the verification unless they are told not to. */
const METRICS_SERVER_CHART = /(^|\/)metrics-server(-[^/]*\.tgz)?([:@][^/]*)?\/?$/;
/** The key under which a chart passes values on to a chart of that name in it. */
const SUBCHART = "metrics-server";

/** A chart that somebody else renders, so that only its values are seen. */
interface Install {
    path: string;
    chart: unknown;
    values: unknown[];
}

/** The values for one chart of metrics-server, in parts that are merged, with the keys that lead to it. */
interface Subchart {
    keys: string;
    values: unknown[];
}

/** Where a chart of metrics-server, or one inside another chart, is not told to verify. */
export function chartsThatSkip(manifest: Manifest): string[] {
    return installs(manifest).flatMap(({ path, chart, values }) =>
        [
            ...(isMetricsServer(chart) ? [{ keys: "", values }] : []),
            ...subchartsIn(values).filter(({ values: given }) => !isDisabled(given)),
        ]
            .filter(({ values: given }) => !isDecided(given))
            .map(({ keys }) => `${[...manifest.path, path].join(".")}${keys}.apiService`),
    );
}

function isMetricsServer(chart: unknown): boolean {
    return typeof chart === "string" && METRICS_SERVER_CHART.test(chart);
}

/** The values for each chart of metrics-server inside the chart that gets the values, which may come in parts. */
function subchartsIn(values: unknown[]): Subchart[] {
    const below = (value: unknown, keys: string): Subchart[] =>
        isObject(value)
            ? Object.keys(value).flatMap((key) => {
                  const [inner, path] = [read(value, key), `${keys}.${key}`];
                  const own = key === SUBCHART && isObject(inner);
                  return [...(own ? [{ keys: path, values: [inner] }] : []), ...below(inner, path)];
              })
            : [];
    const parts = values.flatMap((value) => below(value, ""));
    return [...new Set(parts.map(({ keys }) => keys))].map((keys) => ({
        keys,
        values: parts.filter((part) => part.keys === keys).flatMap((part) => part.values),
    }));
}

function isDisabled(values: unknown[]): boolean {
    return allFalse(values.map((value) => at(value, "enabled")));
}

/** Whether values decide about the verification, or leave the APIService out; what they decide is checked by itself. */
function isDecided(values: unknown[]): boolean {
    const decided = values.map((value) => at(value, "apiService", "insecureSkipTLSVerify"));
    return (
        decided.some((value) => value !== undefined && !isObject(value) && value !== null) ||
        allFalse(values.map((value) => at(value, "apiService", "create")))
    );
}

/** Whether at least one value is false, and none says otherwise. */
function allFalse(values: unknown[]): boolean {
    const given = values.filter((value) => value !== undefined);
    return given.length > 0 && given.every(isFalse);
}

function installs({ kind, value }: Manifest): Install[] {
    const spec = at(value, "spec");
    switch (kind) {
        case "helm.sh/Release":
            return [{ path: "values", chart: at(value, "chart"), values: [at(value, "values")] }];
        case "helm.toolkit.fluxcd.io/HelmRelease":
            return [
                {
                    path: "spec.values",
                    chart: at(spec, "chart", "spec", "chart") ?? at(spec, "chartRef", "name"),
                    values: [at(spec, "values")],
                },
            ];
        case "helm.cattle.io/HelmChart":
            return [
                {
                    path: "spec.valuesContent",
                    chart: at(spec, "chart"),
                    values: [...parsed(at(spec, "valuesContent")), nested(at(spec, "set"))],
                },
            ];
        case "argoproj.io/Application":
            return sourcesOf(spec, "spec");
        case "argoproj.io/ApplicationSet":
            return sourcesOf(at(spec, "template", "spec"), "spec.template.spec");
        default:
            return [];
    }
}

/** The charts of an Application of Argo CD. A folder in git is one only when it has values. */
function sourcesOf(spec: unknown, path: string): Install[] {
    const sources: [string, unknown][] = [
        ["source", at(spec, "source")],
        ...items(at(spec, "sources")).map((one, index): [string, unknown] => [
            `sources.${index}`,
            one,
        ]),
    ];
    return sources.map(([name, source]) => {
        const helm = at(source, "helm");
        const chart = at(source, "chart") ?? (isObject(helm) ? at(source, "path") : undefined);
        const values = [
            at(helm, "valuesObject"),
            ...parsed(at(helm, "values")),
            nested(parametersOf(at(helm, "parameters"))),
        ];
        return { path: `${path}.${name}.helm`, chart, values };
    });
}

function parametersOf(list: unknown): unknown {
    return list === LATER
        ? LATER
        : Object.fromEntries(items(list).map((one) => [String(at(one, "name")), at(one, "value")]));
}

/** The values of a text of YAML; a template is unknown where it speaks of the setting, which is then searched as text. */
function parsed(text: unknown): unknown[] {
    return typeof text === "string"
        ? (documents(text) ?? (text.includes("insecureSkipTLSVerify") ? [LATER] : []))
        : [text];
}

/** `{ "a.b": 1 }` as `{ a: { b: 1 } }`. */
function nested(flat: unknown): unknown {
    if (!isObject(flat)) {
        return flat;
    }
    const root: Props = Object.create(null) as Props;
    for (const name of Object.keys(flat)) {
        const keys = name.split(".");
        const last = keys.pop() ?? "";
        let inner = root;
        for (const key of keys) {
            const next = inner[key];
            inner = isObject(next) ? next : (inner[key] = Object.create(null) as Props);
        }
        inner[last] = at(flat, name);
    }
    return root;
}
