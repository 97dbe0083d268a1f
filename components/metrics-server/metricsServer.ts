import * as pulumi from "@pulumi/pulumi";
import { APIService } from "@pulumi/kubernetes/apiregistration/v1";
import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Secret, Service, ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import { ClusterRole, ClusterRoleBinding, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import { base64 } from "../shared/pem";
import { inheritedDependsOn } from "../shared/inheritedDependsOn";
import type { DeploymentSettings } from "./deploymentSpec";
import { DEFAULT_ADDRESS_TYPES } from "../nodes/addressTypes";
import { authenticationFiles, authenticationOf } from "./authentication";
import { extraArgumentProblems } from "./extraArguments";
import * as manifests from "./manifests";
import { checkedWords, withMetadata, type Words } from "./metadata";
import { TlsVersion, type MetricsServerArgs } from "./metricsServerArgs";
import { DEFAULT_KUBERNETES, imageOf, releaseFor } from "./releases";
import { NAMESPACE } from "../shared/owner";
import { acceptedForm } from "../shared/argumentForm";
import { refuse, type Owner } from "../shared/invalidArguments";
import { checkedKubeletCa } from "../shared/kubeletCa";
import { behind } from "../shared/knownNow";
import { checkCertificate, givenCertificateProblems, peekCertificate } from "./givenCertificate";
import { metricsServerProblems } from "./metricsServerProblems";
import { nodeSelectorOf, tolerationsOf } from "./placement";
import { waitsOf } from "./waits";

/**
 * metrics-server as upstream installs it, in kube-system, except that it verifies kubelets and that the API server verifies
 * it. Use it alone where the kubelets already serve certificates that a CA signed, as on managed clusters.
 */
export class MetricsServer extends pulumi.ComponentResource {
    /** The image that runs. */
    public readonly image: pulumi.Output<string>;
    /** The name that the API server verifies: the Service's name in the cluster. */
    public readonly serviceName: pulumi.Output<string>;
    /** The name of the APIService. */
    public readonly apiServiceName: pulumi.Output<string>;
    /** Base64 of the PEM CA certificates in the APIService. */
    public readonly caBundle: pulumi.Output<string>;

    constructor(name: string, args: MetricsServerArgs, opts?: pulumi.ComponentResourceOptions) {
        const owner = { component: "MetricsServer", name };
        args = acceptedForm(owner, args);
        refuse("MetricsServer", name, [
            ...metricsServerProblems(args),
            ...givenCertificateProblems(peekCertificate(args)),
        ]);
        super("secure-metrics-server:index:MetricsServer", name, {}, opts);
        const waits = waitsOf(args);
        const parent = {
            parent: this,
            dependsOn: [...inheritedDependsOn(opts), ...waits.objects],
        };
        const checked = checkCertificate(owner, args);

        const common = checkedWords(owner, args, "commonLabels");
        const annotations = {
            serviceAccount: checkedWords(owner, args, "serviceAccountAnnotations"),
            deployment: checkedWords(owner, args, "deploymentAnnotations"),
            service: checkedWords(owner, args, "serviceAnnotations"),
            apiService: checkedWords(owner, args, "apiServiceAnnotations"),
        };

        const permissions = createPermissions(name, parent, common, annotations.serviceAccount);
        const tls = manifests.tlsSecret(
            behind(args.certificatePem, checked).apply(base64),
            behind(pulumi.secret(args.privateKeyPem), checked).apply(base64),
        );
        const secret = new Secret(`${name}-tls`, withMetadata(tls, common), parent);
        const configMap = (suffix: string, data: Record<string, pulumi.Input<string>>): ConfigMap =>
            new ConfigMap(
                `${name}-${suffix}`,
                withMetadata(manifests.caConfigMap(data), common),
                parent,
            );
        const ca = checkedKubeletCa(owner, args);
        const kubeletCa = ca === undefined ? undefined : configMap("kubelet-ca", { "ca.crt": ca });
        const authentication =
            authenticationOf(args) === undefined
                ? undefined
                : configMap("authentication", authenticationFiles(owner, args));
        const settings = settingsOf(owner, args, { secret, kubeletCa, authentication });
        const deployment = new Deployment(
            `${name}-deployment`,
            withMetadata(manifests.deployment(settings), common, annotations.deployment),
            { ...parent, dependsOn: [...parent.dependsOn, ...permissions, ...waits.deployment] },
        );
        if (settings.replicas > 1) {
            new PodDisruptionBudget(
                `${name}-disruption-budget`,
                withMetadata(manifests.disruptionBudget(args.unhealthyPodEvictionPolicy), common),
                parent,
            );
        }
        const service = new Service(
            `${name}-service`,
            withMetadata(manifests.service(), common, annotations.service),
            parent,
        );
        // Last to be created and first to be deleted: an APIService without a server blocks the deletion of namespaces.
        const apiService = new APIService(
            `${name}-api-service`,
            withMetadata(
                manifests.apiService(behind(args.caBundle, checked)),
                common,
                annotations.apiService,
            ),
            { ...parent, dependsOn: [...parent.dependsOn, deployment, service] },
        );

        this.image = pulumi.output(settings.image);
        this.serviceName = service.metadata.name.apply((service) => `${service}.${NAMESPACE}.svc`);
        this.apiServiceName = apiService.metadata.name;
        this.caBundle = apiService.spec.caBundle;
        this.registerOutputs({
            image: this.image,
            serviceName: this.serviceName,
            apiServiceName: this.apiServiceName,
            caBundle: this.caBundle,
        });
    }
}

/** The identity that metrics-server runs as and what it may do, exactly as upstream. */
function createPermissions(
    name: string,
    parent: pulumi.CustomResourceOptions,
    common: Words | undefined,
    annotations: Words | undefined,
): pulumi.CustomResource[] {
    const labelled = <T extends { metadata: object }>(manifest: T): T =>
        withMetadata(manifest, common);
    return [
        new ServiceAccount(
            `${name}-service-account`,
            withMetadata(manifests.serviceAccount(), common, annotations),
            parent,
        ),
        new ClusterRole(
            `${name}-aggregated-reader`,
            labelled(manifests.aggregatedReaderRole()),
            parent,
        ),
        new ClusterRole(`${name}-role`, labelled(manifests.serverRole()), parent),
        new RoleBinding(`${name}-auth-reader`, labelled(manifests.authReaderBinding()), parent),
        new ClusterRoleBinding(
            `${name}-auth-delegator`,
            labelled(manifests.authDelegatorBinding()),
            parent,
        ),
        new ClusterRoleBinding(`${name}-binding`, labelled(manifests.serverBinding()), parent),
    ];
}

/** The objects that are mounted in the pods. */
interface Mounted {
    secret: Secret;
    kubeletCa: ConfigMap | undefined;
    authentication: ConfigMap | undefined;
}

function settingsOf(
    owner: Owner,
    args: MetricsServerArgs,
    { secret, kubeletCa, authentication }: Mounted,
): DeploymentSettings {
    const release = releaseFor(args.kubernetesVersion ?? DEFAULT_KUBERNETES);
    return {
        image:
            args.image ??
            pulumi
                .output(args.imageRegistry)
                .apply((registry) => imageOf(release, registry ?? "registry.k8s.io")),
        imagePullSecrets: args.imagePullSecrets ?? [],
        replicas: args.replicas ?? 2,
        resources: args.resources,
        tolerations: tolerationsOf(args),
        nodeSelector: nodeSelectorOf(args),
        affinity: args.affinity,
        topologySpreadConstraints: args.topologySpreadConstraints ?? [],
        priorityClassName: args.priorityClassName ?? "system-cluster-critical",
        schedulerName: args.schedulerName,
        hostNetwork: args.hostNetwork ?? false,
        dnsConfig: args.dnsConfig,
        metricResolutionSeconds: args.metricResolutionSeconds ?? 15,
        addressTypes: args.kubeletPreferredAddressTypes ?? DEFAULT_ADDRESS_TYPES,
        authentication: authenticationOf(args),
        extraArgs: (args.extraArgs ?? []).map((argument) =>
            pulumi.output(argument).apply((flag) => checkedArgument(owner, flag)),
        ),
        tlsMinVersion: args.tlsMinVersion ?? TlsVersion.Tls13,
        tlsCipherSuites: args.tlsCipherSuites ?? [],
        revisionHistoryLimit: args.revisionHistoryLimit,
        podLabels: checkedWords(owner, args, "podLabels"),
        podAnnotations: checkedWords(owner, args, "podAnnotations"),
        secretName: secret.metadata.name,
        kubeletCaConfigMap: kubeletCa?.metadata.name,
        kubeletCaHostPath: args.kubeletCaHostPath,
        authenticationConfigMap: authentication?.metadata.name,
        extraVolumes: args.extraVolumes ?? {},
    };
}

/** Looks again at an argument that was not known before: it must not smuggle in what is refused. */
function checkedArgument({ component, name }: Owner, argument: string): string {
    refuse(component, name, extraArgumentProblems([argument]));
    return argument;
}
