import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { inheritedDependsOn } from "./dependencies";
import { KubeletServingCertificates } from "./kubeletServingCertificates";
import { NAME, NAMESPACE } from "./manifests";
import { MetricsServer } from "./metricsServer";
import type { MetricsServerSettingsArgs } from "./metricsServerArgs";
import { DEFAULT_KUBERNETES, releaseFor } from "./metricsServerRelease";
import { nodeCommand } from "./nodeCommand";
import {
    controlPlanes,
    identities,
    inventoryOutput,
    nodesProblems,
    plannedNodes,
} from "./nodePlan";
import type { NodeResult } from "./nodeResult";
import { refuse } from "./problems";
import { clusterScript } from "./scripts";
import type { SecureMetricsServerArgs } from "./secureMetricsServerArgs";
import { certificateProblems, ServingCertificate } from "./servingCertificate";
import { metricsServerProblems } from "./validateMetricsServer";

/** Seconds for the checks of the whole cluster. */
const CHECK_SECONDS = 420;

/**
 * metrics-server on a running kubeadm cluster with every TLS check on. It verifies the kubelets, whose certificates the
 * cluster's CA then signs, and the API server verifies it. Composes ServingCertificate, KubeletServingCertificates and
 * MetricsServer, and ends with a request through the API server that has to list every node.
 */
export class SecureMetricsServer extends pulumi.ComponentResource {
    /** When metrics-server's serving certificate expires, RFC 3339. Run `pulumi up` in the 30 days before. */
    public readonly servingCertificateNotAfter: pulumi.Output<string>;
    /** When its CA certificate expires, RFC 3339. */
    public readonly caNotAfter: pulumi.Output<string>;
    /** When each kubelet's serving certificate expires, RFC 3339, by node name. It is rotated without a `pulumi up`. */
    public readonly kubeletNotAfter: pulumi.Output<Record<string, string>>;
    /** What was done on each node by the run that changed it last, by node name. */
    public readonly nodeResults: pulumi.Output<Record<string, NodeResult>>;
    /** Base64 of the PEM CA certificates that the API server verifies metrics-server with. */
    public readonly caBundle: pulumi.Output<string>;
    /** The name that the API server verifies: metrics-server.kube-system.svc. */
    public readonly serviceName: pulumi.Output<string>;

    constructor(
        name: string,
        args: SecureMetricsServerArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        refuse("SecureMetricsServer", name, [
            ...nodesProblems(args),
            ...metricsServerProblems(args.metricsServer ?? {}),
            ...certificateProblems(args.servingCertificate ?? {}),
        ]);
        super("secure-metrics-server:index:SecureMetricsServer", name, {}, opts);

        const settings = withNodeDefaults(args);
        const inherited = inheritedDependsOn(opts);
        const check = checks(name, args, settings, this);
        const preflight = check("preflight", { dependsOn: inherited });
        const certificate = new ServingCertificate(
            `${name}-serving-certificate`,
            { serviceName: NAME, namespace: NAMESPACE, ...args.servingCertificate },
            { parent: this },
        );
        const kubelets = new KubeletServingCertificates(
            `${name}-kubelets`,
            { ...nodesArgs(args), kubeletCa: settings.kubeletCa },
            { parent: this, dependsOn: [...inherited, ...preflight] },
        );
        const server = new MetricsServer(
            `${name}-metrics-server`,
            {
                ...settings,
                certificatePem: certificate.certificatePem,
                privateKeyPem: certificate.privateKeyPem,
                caBundle: certificate.caBundle,
            },
            { parent: this, dependsOn: [...inherited, kubelets] },
        );
        // An unchanged command never runs again, so what has to trigger the check is part of its input.
        check("metrics", {
            dependsOn: [server],
            header: {
                CA_BUNDLE_SHA256: certificate.caBundle.apply(digest),
                CERTIFICATE_SHA256: certificate.certificatePem.apply(digest),
                IMAGE: server.image,
            },
        });

        this.servingCertificateNotAfter = certificate.notAfter;
        this.caNotAfter = certificate.caNotAfter;
        this.kubeletNotAfter = kubelets.notAfter;
        this.nodeResults = kubelets.results;
        this.caBundle = certificate.caBundle;
        this.serviceName = server.serviceName;
        this.registerOutputs({
            servingCertificateNotAfter: this.servingCertificateNotAfter,
            caNotAfter: this.caNotAfter,
            kubeletNotAfter: this.kubeletNotAfter,
            nodeResults: this.nodeResults,
            caBundle: this.caBundle,
            serviceName: this.serviceName,
        });
    }
}

/** The arguments about nodes, and nothing else. */
function nodesArgs(args: SecureMetricsServerArgs) {
    const { nodes, ssh, csrApproval, maxUnavailable, onRemove, driftDetection } = args;
    return { nodes, ssh, csrApproval, maxUnavailable, onRemove, driftDetection };
}

/** Defaults that depend on the nodes: one pod on a single node, and pods on control planes where there is nothing else. */
function withNodeDefaults(args: SecureMetricsServerArgs): MetricsServerSettingsArgs {
    const all = plannedNodes(args.nodes);
    const onlyControlPlanes = controlPlanes(args.nodes).length === all.length;
    const toleration = {
        key: "node-role.kubernetes.io/control-plane",
        operator: "Exists",
        effect: "NoSchedule",
    };
    return {
        ...args.metricsServer,
        replicas: args.metricsServer?.replicas ?? (all.length === 1 ? 1 : 2),
        tolerations: args.metricsServer?.tolerations ?? (onlyControlPlanes ? [toleration] : []),
    };
}

interface CheckOptions {
    dependsOn: pulumi.Input<pulumi.Resource>[];
    header?: Record<string, pulumi.Input<string>>;
}

/** Read-only checks of the whole cluster, on the first control-plane node; none where `nodes` has no control plane. */
function checks(
    name: string,
    args: SecureMetricsServerArgs,
    settings: MetricsServerSettingsArgs,
    parent: SecureMetricsServer,
) {
    const release = releaseFor(settings.kubernetesVersion ?? DEFAULT_KUBERNETES);
    const inventory = inventoryOutput(identities("SecureMetricsServer", name, args));
    return (verb: string, { dependsOn, header }: CheckOptions): pulumi.Resource[] =>
        controlPlanes(args.nodes)
            .slice(0, 1)
            .map((node) =>
                nodeCommand(
                    `${name}-${verb}`,
                    {
                        node: node.name,
                        args: node.args,
                        ssh: args.ssh,
                        script: clusterScript(node.name, {
                            INVENTORY: inventory,
                            RELEASE: release.version,
                            OLDEST_MINOR: String(release.oldestMinor),
                            ...header,
                        }),
                        ensure: verb,
                        seconds: CHECK_SECONDS,
                    },
                    { parent, dependsOn },
                ),
            );
}

function digest(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}
