import * as pulumi from "@pulumi/pulumi";
import { createPreflight } from "../cluster-preflight/preflight";
import type { CheckContext } from "../cluster-preflight/clusterCheck";
import { clusterUid } from "./clusterUid";
import { createMetricsCheck } from "./metricsCheck";
import { removedArguments } from "./removedArguments";
import { inheritedDependsOn } from "../shared/inheritedDependsOn";
import { KubeletServingCertificates } from "../kubelet-serving-certificates/kubeletServingCertificates";
import { NAMESPACE } from "../shared/owner";
import { NAME } from "../metrics-server/manifests";
import { MetricsServer } from "../metrics-server/metricsServer";
import { withNodeDefaults } from "./podDefaults";
import { controlPlanes, identities, nodesProblems } from "../nodes/nodePlan";
import { nodesReadiness, shareReadiness } from "../kubelet-serving-certificates/readiness";
import type { NodeResult } from "../kubelet-serving-certificates/nodeResult";
import { refuse } from "../shared/invalidArguments";
import type { SecureMetricsServerArgs } from "./secureMetricsServerArgs";
import { certificateProblems, ServingCertificate } from "../serving-certificate/servingCertificate";
import { metricsServerProblems } from "../metrics-server/metricsServerProblems";

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
    /**
     * From when on a `pulumi up` renews metrics-server's certificate or its CA's, RFC 3339. Runs warn in the 31 days before,
     * inside the renewal window, and when a certificate has expired.
     */
    public readonly renewalTime: pulumi.Output<string>;
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
            ...removedArguments(args),
            ...nodesProblems(args),
            ...metricsServerProblems(args.metricsServer ?? {}),
            ...certificateProblems(args.servingCertificate ?? {}),
        ]);
        super("secure-metrics-server:index:SecureMetricsServer", name, {}, opts);
        const inherited = inheritedDependsOn(opts);
        const context = {
            name,
            args,
            all: identities("SecureMetricsServer", name, args),
            parent: this,
            dependsOn: inherited,
        };

        const preflight = createFirstLook(context);
        const { certificate, kubelets, server } = createParts(context, [
            ...inherited,
            ...preflight,
        ]);

        this.servingCertificateNotAfter = certificate.notAfter;
        this.caNotAfter = certificate.caNotAfter;
        this.renewalTime = certificate.renewalTime;
        this.kubeletNotAfter = kubelets.notAfter;
        this.nodeResults = kubelets.results;
        this.caBundle = certificate.caBundle;
        this.serviceName = server.serviceName;
        this.registerOutputs({
            servingCertificateNotAfter: this.servingCertificateNotAfter,
            caNotAfter: this.caNotAfter,
            renewalTime: this.renewalTime,
            kubeletNotAfter: this.kubeletNotAfter,
            nodeResults: this.nodeResults,
            caBundle: this.caBundle,
            serviceName: this.serviceName,
        });
    }
}

const NO_CONTROL_PLANE =
    "nodes has no node with role controlPlane, so nothing keeps the kubelet-config ConfigMap in step, and neither the cluster " +
    "before, nor the kubelets and the metrics after the change are looked at; next: give a control plane role: controlPlane";

/** The check's context with the arguments of the whole. */
type Context = CheckContext & { args: SecureMetricsServerArgs };

/** What is looked at before the first change: whether it is one cluster, every node, and the cluster as a whole. */
function createFirstLook(context: Context): pulumi.Resource[] {
    const { name, args, all, parent, dependsOn } = context;
    if (controlPlanes(args.nodes).length === 0) {
        void pulumi.log.warn(NO_CONTROL_PLANE, parent);
        return [];
    }
    const { kubernetesVersion, hostNetwork, kubeletCa } = args.metricsServer ?? {};
    const ready = nodesReadiness({ name, args: { ...nodesArgs(args), kubeletCa }, all });
    shareReadiness(parent, ready);
    return createPreflight(context, {
        kubernetesVersion,
        hostNetwork,
        clusterUid: clusterUid(name, parent, dependsOn),
        ready,
    });
}

/** The three components, in their order, and the check of the result. */
function createParts(context: Context, dependsOn: Context["dependsOn"]) {
    const { name, args, parent } = context;
    const settings = withNodeDefaults(args);
    const certificate = new ServingCertificate(
        `${name}-serving-certificate`,
        { ...args.servingCertificate, serviceName: NAME, namespace: NAMESPACE },
        { parent },
    );
    const kubelets = new KubeletServingCertificates(
        `${name}-kubelets`,
        { ...nodesArgs(args), kubeletCa: settings.kubeletCa },
        { parent, dependsOn },
    );
    const { certificatePem, privateKeyPem, caBundle } = certificate;
    const server = new MetricsServer(
        `${name}-metrics-server`,
        { ...settings, certificatePem, privateKeyPem, caBundle },
        { parent, dependsOn: [kubelets] },
    );
    createMetricsCheck(
        { ...context, dependsOn: [server] },
        { caBundle, certificatePem, image: server.image },
    );
    return { certificate, kubelets, server };
}

/** The arguments about nodes, and nothing else. */
function nodesArgs(args: SecureMetricsServerArgs) {
    const { nodes, ssh, csrApproval, maxUnavailable, onRemove, driftDetection } = args;
    return { nodes, ssh, csrApproval, maxUnavailable, onRemove, driftDetection };
}
