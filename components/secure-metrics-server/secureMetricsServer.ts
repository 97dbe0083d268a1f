import * as pulumi from "@pulumi/pulumi";
import { createPreflight } from "../cluster-preflight/preflight";
import type { CheckContext } from "../cluster-preflight/clusterCheck";
import { createSecretRemoval } from "./certManagerSecrets";
import { clusterUid } from "./clusterUid";
import { createMetricsCheck } from "./metricsCheck";
import { inheritedDependsOn, type Dependencies } from "../shared/inheritedDependsOn";
import { KubeletServingCertificates } from "../kubelet-serving-certificates/kubeletServingCertificates";
import { MetricsServer, podsOf } from "../metrics-server/metricsServer";
import { roomProblems, withNodeDefaults } from "./podDefaults";
import { handInventoryDown, parseNodes } from "../nodes/parseNodes";
import { handCaFileDown } from "../kubelet-serving-certificates/caFile";
import { nodeCommandsOf, type NodeCommands } from "../kubelet-serving-certificates/nodeCommands";
import { nodesReadiness, shareReadiness } from "../kubelet-serving-certificates/readiness";
import type { NodeResult } from "../kubelet-serving-certificates/nodeResult";
import { acceptedForm } from "../shared/argumentForm";
import { accepted } from "../shared/invalidArguments";
import { checkedKubeletCa } from "../shared/kubeletCa";
import { warn } from "../shared/log";
import type { SecureMetricsServerArgs } from "./secureMetricsServerArgs";
import { certificateSettingProblems } from "../serving-certificate/sources";
import { clusterCaProblems, clusterCaSigner, type ClusterCaSigner } from "./clusterCaSigner";
import { SERVICE } from "./ownCertificate";
import type { ServedCertificate } from "./served";
import { servedCertificate } from "./servedCertificate";
import { checkedRequestHeader } from "../metrics-server/authentication";
import type { RequestHeaderArgs } from "../metrics-server/podArgs";
import { withOwnCertificate } from "../metrics-server/givenCertificate";
import { isOnControlPlanes } from "../metrics-server/placement";
import { metricsServerProblems } from "../metrics-server/metricsServerProblems";
import { handWaitsDown, type Waits } from "../metrics-server/waits";
import { beginTakeOver, takeOverProblems, type TakeOver } from "./takeOver";

/**
 * metrics-server on a running kubeadm cluster with every TLS check on. It verifies the kubelets, whose certificates the
 * cluster's CA then signs, and the API server verifies it. Composes ServingCertificate, KubeletServingCertificates and
 * MetricsServer, and ends with a request through the API server that has to list every node.
 */
export class SecureMetricsServer extends pulumi.ComponentResource {
    /**
     * When metrics-server's serving certificate expires, RFC 3339. Run `pulumi up` in the 30 days before. With the sources
     * `existingSecret` and `certManager` as the last check saw it: a renewal in the cluster does not change it, and without a control
     * plane in `nodes` nobody looks and it is empty.
     */
    public readonly servingCertificateNotAfter: pulumi.Output<string>;
    /**
     * When its CA certificate expires, RFC 3339; with source `existingSecret`, the one of `caCertificatePem` that ends last, and with
     * `certManager`, the one of `caBundle`.
     */
    public readonly caNotAfter: pulumi.Output<string>;
    /**
     * From when on a `pulumi up` renews metrics-server's certificate or its CA's, RFC 3339, or one that was given has to be renewed
     * where it was made. Runs warn in the 31 days before, inside the renewal window, and when a certificate has expired; of what
     * was given inside the window only. With source `certManager`, when a renewal of what the last check saw is two weeks overdue;
     * of a certificate that lives less than 90 days they say nothing.
     */
    public readonly renewalTime: pulumi.Output<string>;
    /**
     * A certificate signing request of metrics-server's key, PEM, for `servingCertificate.source` `given`: have it signed
     * elsewhere. Empty where the key was given as well, and with the sources `existingSecret` and `certManager`.
     */
    public readonly certificateRequest: pulumi.Output<string>;
    /** When each kubelet's serving certificate expires, RFC 3339, by node name. It is rotated without a `pulumi up`. */
    public readonly kubeletNotAfter: pulumi.Output<Record<string, string>>;
    /** What was done on each node by the run that changed it last, by node name. */
    public readonly nodeResults: pulumi.Output<Record<string, NodeResult>>;
    /**
     * Base64 of the PEM CA certificates that the API server verifies metrics-server with. With source `certManager` and without its
     * `caBundlePem`, what the last check found in the APIService: cainjector may have added a CA since, and without a control plane in
     * `nodes` nobody looks and it is empty.
     */
    public readonly caBundle: pulumi.Output<string>;
    /** The name that the API server verifies: metrics-server.kube-system.svc. */
    public readonly serviceName: pulumi.Output<string>;

    constructor(
        name: string,
        args: SecureMetricsServerArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        const owner = { component: "SecureMetricsServer", name };
        args = acceptedForm(owner, args);
        const parsed = parseNodes(args, owner);
        const given = args.metricsServer ?? {};
        const certificate = args.servingCertificate ?? {};
        const inventory = accepted(owner, parsed, [
            ...metricsServerProblems(given),
            ...(parsed.value === undefined ? [] : roomProblems(given, parsed.value)),
            ...certificateSettingProblems(certificate, SERVICE),
            ...clusterCaProblems(certificate.source, parsed.value),
            ...takeOverProblems(args.takeOver, certificate.source, parsed.value),
        ]);
        super("secure-metrics-server:index:SecureMetricsServer", name, {}, opts);
        const inherited = inheritedDependsOn(opts);
        const check = {
            name,
            hook: `${name}-check`,
            inventory,
            parent: this,
            dependsOn: inherited,
        };
        const signer = clusterCaSigner(certificate.source, check);
        const context = {
            ...check,
            args,
            kubeletCa: checkedKubeletCa(owner, given),
            requestHeader: checkedRequestHeader(owner, given),
            served: servedCertificate(owner, this, certificate, signer?.sign),
            signer,
        };

        const preflight = createFirstLook(context);
        const looked = [...inherited, ...preflight];
        signer?.startAfter(looked);
        const { told, kubelets, server } = createParts(context, [
            ...looked,
            ...(signer?.commands ?? []),
        ]);

        this.servingCertificateNotAfter = told.notAfter;
        this.caNotAfter = told.caNotAfter;
        this.renewalTime = told.renewalTime;
        this.certificateRequest = context.served.certificateRequest;
        this.kubeletNotAfter = kubelets.notAfter;
        this.nodeResults = kubelets.results;
        this.caBundle = told.caBundle;
        this.serviceName = server.serviceName;
        this.registerOutputs({
            servingCertificateNotAfter: this.servingCertificateNotAfter,
            caNotAfter: this.caNotAfter,
            renewalTime: this.renewalTime,
            certificateRequest: this.certificateRequest,
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
type Context = CheckContext & {
    args: SecureMetricsServerArgs;
    kubeletCa: pulumi.Input<string> | undefined;
    requestHeader: RequestHeaderArgs | undefined;
    served: ServedCertificate;
    signer: ClusterCaSigner | undefined;
};

/** What is looked at before the first change: whether it is one cluster, every node, and the cluster as a whole. */
function createFirstLook(context: Context): pulumi.Resource[] {
    const { name, args, inventory, kubeletCa, requestHeader, served, parent, dependsOn } = context;
    const { signer } = context;
    if (inventory.first === undefined) {
        void warn(NO_CONTROL_PLANE, parent);
        return [];
    }
    const settings = args.metricsServer ?? {};
    const { kubeletCaHostPath } = settings;
    const ready = nodesReadiness({
        name,
        inventory,
        kubeletCa,
        needsAggregation: true,
        kubeletCaHostPath,
        ...(signer && { others: (node) => signer.scriptsOn(node) }),
    });
    shareReadiness(parent, ready);
    return createPreflight(context, {
        kubernetesVersion: settings.kubernetesVersion,
        hostNetwork: settings.hostNetwork,
        kubeletPreferredAddressTypes: settings.kubeletPreferredAddressTypes,
        kubeletCaHostPath,
        onControlPlanes: isOnControlPlanes(settings),
        requestHeader,
        clusterUid: clusterUid(name, parent, dependsOn),
        secret: served.secret,
        takeOver: args.takeOver,
        ready: async () => {
            await served.checked;
            await ready();
        },
    });
}

/** The three components, in their order, and the check of the result. */
function createParts(context: Context, looked: Context["dependsOn"]) {
    const { name, args, inventory, kubeletCa, served, parent } = context;
    const takeOver = beginTakeOver(context, args.takeOver, looked);
    const dependsOn = [...looked, ...(takeOver?.begun ?? [])];
    const settings = withNodeDefaults({ ...args.metricsServer, kubeletCa }, inventory);
    const { kubeletPreferredAddressTypes } = settings;
    const addressTypes = kubeletPreferredAddressTypes && { kubeletPreferredAddressTypes };
    const kubelets = new KubeletServingCertificates(
        `${name}-kubelets`,
        handCaFileDown(
            handInventoryDown({ ...nodesArgs(args), kubeletCa, ...addressTypes }, inventory),
            settings.kubeletCaHostPath,
        ),
        { parent, dependsOn },
    );
    const nodes = nodeCommandsOf(kubelets);
    const removal =
        "certManager" in served.mounted ? createSecretRemoval({ ...context, dependsOn }) : [];
    // metrics-server lists a node after two scrapes, which are a resolution apart. A node that begins to answer after the first one
    // costs another resolution, so the pods wait for all nodes. What they need in the cluster waits for the first node only.
    const server = new MetricsServer(
        `${name}-metrics-server`,
        handWaitsDown(
            withOwnCertificate({ ...settings, ...served.mounted }),
            waitsFor(nodes, removal, served, takeOver),
        ),
        { parent, dependsOn },
    );
    const [lastCheck] = createMetricsCheck(
        { ...context, dependsOn: [server] },
        {
            served,
            image: server.image,
            pods: podsOf(server),
            extraArgs: settings.extraArgs,
        },
    );
    return { told: served.outputs(lastCheck), kubelets, server };
}

/** What parts of metrics-server wait for; where another one is taken over, for each of its steps. */
function waitsFor(
    { canary, verified }: NodeCommands,
    removal: Dependencies,
    { mounted }: ServedCertificate,
    takeOver: TakeOver | undefined,
): Waits {
    if (takeOver === undefined) {
        return { objects: [...canary, ...removal], deployment: verified };
    }
    const aside = takeOver.standAside([...canary, ...verified]);
    const caBundle = "caBundle" in mounted ? mounted.caBundle : "";
    return {
        objects: [...aside.after, ...removal],
        deployment: aside.after,
        free: aside.done,
        handOver: (ready) => takeOver.handOver(ready, caBundle),
    };
}

/** The arguments about nodes, and nothing else. */
function nodesArgs(args: SecureMetricsServerArgs) {
    const { nodes, ssh, csrApproval, maxUnavailable, onRemove, driftDetection } = args;
    return { nodes, ssh, csrApproval, maxUnavailable, onRemove, driftDetection };
}
