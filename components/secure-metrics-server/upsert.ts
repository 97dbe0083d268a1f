import * as pulumi from "@pulumi/pulumi";
import type { CheckContext } from "../cluster-preflight/clusterCheck";
import { refuse } from "../shared/invalidArguments";
import { settled, valueNow } from "../shared/knownNow";
import { warnInPassing } from "../shared/log";
import { engineHasHooks } from "../shared/underMocks";

/** What a provider that a program made keeps of its arguments, each as JSON. In other languages it has none of them. */
interface ProviderSettings {
    upsertExistingObjects?: pulumi.Input<string | undefined>;
    enableServerSideApply?: pulumi.Input<string | undefined>;
}

const VARIABLES = {
    upsertExistingObjects: "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
    enableServerSideApply: "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY",
} as const;

type Setting = keyof typeof VARIABLES;

/**
 * Fails where it is known that the Kubernetes provider does not take over what is there, in previews, too. Where it is not known, the
 * provider itself shows it, before anything is changed.
 */
export function requireUpsert({
    name,
    parent,
}: Pick<CheckContext, "name" | "parent">): Promise<void> {
    const checked = engineHasHooks() ? look(name, parent) : Promise.resolve();
    // Whatever is made behind it fails with it.
    checked.catch(() => undefined);
    return checked;
}

const EXPECTED =
    "expected its option upsertExistingObjects; next: set upsertExistingObjects: true on the kubernetes.Provider, or run PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true pulumi up, and take it off again with takeOver";

async function look(name: string, parent: pulumi.Resource): Promise<void> {
    const upsert = await settingOf(parent, "upsertExistingObjects");
    if (upsert === undefined) {
        // A preview does not know an option that is not set.
        void warnInPassing(
            `takeOver is true, and it is not known whether the Kubernetes provider takes over objects that are there; where it does not, the run ends before it changes anything; ${EXPECTED}`,
            parent,
        );
    }
    refuse("SecureMetricsServer", name, [
        ...(upsert !== undefined && upsert !== "true"
            ? [
                  `takeOver is true, and the Kubernetes provider does not take over objects that are there; ${EXPECTED}`,
              ]
            : []),
        ...((await settingOf(parent, "enableServerSideApply")) === "off"
            ? [
                  "takeOver is true, and the Kubernetes provider has enableServerSideApply: false, with which it takes nothing over; expected server-side apply; next: take that option off for this run",
              ]
            : []),
    ]);
}

/** "true", "unset", "off" where it was set to false, and undefined where nobody knows. */
async function settingOf(parent: pulumi.Resource, setting: Setting): Promise<string | undefined> {
    const provider = parent.getProvider("kubernetes:core/v1:Namespace") as
        ProviderSettings | undefined;
    if (provider === undefined) {
        return wordOf(
            process.env[VARIABLES[setting]] ?? new pulumi.Config("kubernetes").get(setting),
        );
    }
    if (!(setting in provider)) {
        return undefined;
    }
    const known = await settled(provider[setting]);
    return known.known ? wordOf(valueNow(known)) : undefined;
}

function wordOf(text: string | undefined): string {
    if (text === undefined) return "unset";
    return /^(true|1|t)$/i.test(text) ? "true" : "off";
}
