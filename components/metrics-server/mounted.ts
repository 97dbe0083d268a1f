import type * as pulumi from "@pulumi/pulumi";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import { secretNameOf } from "../cert-manager/names";
import { behind } from "../shared/knownNow";
import type { Owner } from "../shared/invalidArguments";
import { checkedKubeletCa } from "../shared/kubeletCa";
import { createTlsSecret } from "../shared/tlsSecret";
import { authenticationFiles, authenticationOf } from "./authentication";
import type { DeploymentSettings } from "./deploymentSpec";
import * as manifests from "./manifests";
import { withMetadata, type Words } from "./metadata";
import type { MetricsServerArgs } from "./metricsServerArgs";

/** The names of the objects that are mounted in the pods. */
export type Mounted = Pick<
    DeploymentSettings,
    "secretName" | "kubeletCaConfigMap" | "authenticationConfigMap"
>;

interface MountedContext {
    /** Ends when the certificate was looked at. */
    checked: Promise<void>;
    parent: pulumi.CustomResourceOptions;
    /** Labels of every object. */
    common: Words | undefined;
}

/** What the pods mount, made here as far as it is not there. */
export function createMounted(
    owner: Owner,
    args: MetricsServerArgs,
    { checked, parent, common }: MountedContext,
): Mounted {
    const { name } = owner;
    const configMap = (suffix: string, data: Record<string, pulumi.Input<string>>) =>
        new ConfigMap(
            `${name}-${suffix}`,
            withMetadata(manifests.caConfigMap(data), common),
            parent,
        ).metadata.name;
    const ca = checkedKubeletCa(owner, args);
    return {
        secretName: secretOf(name, args, { checked, parent, common }),
        kubeletCaConfigMap:
            ca === undefined ? undefined : configMap("kubelet-ca", { "ca.crt": ca }),
        authenticationConfigMap:
            authenticationOf(args) === undefined
                ? undefined
                : configMap("authentication", authenticationFiles(owner, args)),
    };
}

/** cert-manager's and somebody else's are there by their name; only a pair needs a Secret of the package. */
function secretOf(
    name: string,
    args: MetricsServerArgs,
    context: MountedContext,
): pulumi.Input<string> {
    if (args.certManager !== undefined) {
        return secretNameOf(args.certManager);
    }
    return args.secretName === undefined
        ? createSecret(name, args, context)
        : behind(args.secretName, context.checked);
}

function createSecret(
    name: string,
    { certificatePem = "", privateKeyPem = "" }: MetricsServerArgs,
    { checked, parent, common }: MountedContext,
): pulumi.Output<string> {
    const { metadata } = withMetadata(manifests.tlsSecret(), common);
    const pair = { certificatePem, privateKeyPem };
    return createTlsSecret(`${name}-tls`, pair, { metadata, checked, opts: parent }).metadata.name;
}
