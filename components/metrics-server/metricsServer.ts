import * as pulumi from "@pulumi/pulumi";
import { APIService } from "@pulumi/kubernetes/apiregistration/v1";
import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Secret, Service, ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import { ClusterRole, ClusterRoleBinding, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import { base64 } from "../shared/pem";
import { inheritedDependsOn } from "../shared/inheritedDependsOn";
import type { DeploymentSettings } from "./deploymentSpec";
import { extraArgumentProblems } from "./extraArguments";
import * as manifests from "./manifests";
import { TlsVersion, type MetricsServerArgs } from "./metricsServerArgs";
import { DEFAULT_KUBERNETES, imageOf, releaseFor } from "./releases";
import { NAMESPACE } from "../shared/owner";
import { acceptedForm } from "../shared/argumentForm";
import { refuse } from "../shared/invalidArguments";
import { checkedKubeletCa } from "../shared/kubeletCa";
import { behind } from "../shared/knownNow";
import {
    checkCertificate,
    givenCertificateProblems,
    peekCertificate,
    secretProblems,
} from "./givenCertificate";
import { metricsServerProblems } from "./metricsServerProblems";
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
            ...secretProblems(args),
            ...givenCertificateProblems(peekCertificate(args)),
        ]);
        super("secure-metrics-server:index:MetricsServer", name, {}, opts);
        const waits = waitsOf(args);
        const parent = {
            parent: this,
            dependsOn: [...inheritedDependsOn(opts), ...waits.objects],
        };
        const checked = checkCertificate(owner, args);

        const permissions = createPermissions(name, parent);
        const secretName = mountedSecret(name, args, checked, parent);
        const ca = checkedKubeletCa(owner, args);
        const kubeletCa =
            ca === undefined
                ? undefined
                : new ConfigMap(`${name}-kubelet-ca`, manifests.kubeletCaConfigMap(ca), parent);
        const settings = settingsOf(name, args, secretName, kubeletCa);
        const deployment = new Deployment(`${name}-deployment`, manifests.deployment(settings), {
            ...parent,
            dependsOn: [...parent.dependsOn, ...permissions, ...waits.deployment],
        });
        if (settings.replicas > 1) {
            new PodDisruptionBudget(
                `${name}-disruption-budget`,
                manifests.disruptionBudget(),
                parent,
            );
        }
        const service = new Service(`${name}-service`, manifests.service(), parent);
        // Last to be created and first to be deleted: an APIService without a server blocks the deletion of namespaces.
        const apiService = new APIService(
            `${name}-api-service`,
            manifests.apiService(behind(args.caBundle, checked)),
            {
                ...parent,
                dependsOn: [...parent.dependsOn, deployment, service],
            },
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

/** The name of the Secret with the certificate: one that is there, or that is made here. */
function mountedSecret(
    name: string,
    { secretName, certificatePem = "", privateKeyPem = "" }: MetricsServerArgs,
    checked: Promise<void>,
    parent: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
    if (secretName !== undefined) {
        return behind(secretName, checked);
    }
    const secret = new Secret(
        `${name}-tls`,
        manifests.tlsSecret(
            behind(certificatePem, checked).apply(base64),
            behind(pulumi.secret(privateKeyPem), checked).apply(base64),
        ),
        parent,
    );
    return secret.metadata.name;
}

/** The identity that metrics-server runs as and what it may do, exactly as upstream. */
function createPermissions(
    name: string,
    parent: pulumi.CustomResourceOptions,
): pulumi.CustomResource[] {
    return [
        new ServiceAccount(`${name}-service-account`, manifests.serviceAccount(), parent),
        new ClusterRole(`${name}-aggregated-reader`, manifests.aggregatedReaderRole(), parent),
        new ClusterRole(`${name}-role`, manifests.serverRole(), parent),
        new RoleBinding(`${name}-auth-reader`, manifests.authReaderBinding(), parent),
        new ClusterRoleBinding(`${name}-auth-delegator`, manifests.authDelegatorBinding(), parent),
        new ClusterRoleBinding(`${name}-binding`, manifests.serverBinding(), parent),
    ];
}

function settingsOf(
    name: string,
    args: MetricsServerArgs,
    secretName: pulumi.Output<string>,
    kubeletCa: ConfigMap | undefined,
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
        tolerations: args.tolerations ?? [],
        nodeSelector: args.nodeSelector ?? { "kubernetes.io/os": "linux" },
        affinity: args.affinity,
        priorityClassName: args.priorityClassName ?? "system-cluster-critical",
        hostNetwork: args.hostNetwork ?? false,
        metricResolutionSeconds: args.metricResolutionSeconds ?? 15,
        extraArgs: (args.extraArgs ?? []).map((argument) =>
            pulumi.output(argument).apply((flag) => checkedArgument(name, flag)),
        ),
        tlsMinVersion: args.tlsMinVersion ?? TlsVersion.Tls13,
        tlsCipherSuites: args.tlsCipherSuites ?? [],
        secretName,
        kubeletCaConfigMap: kubeletCa?.metadata.name,
    };
}

/** Looks again at an argument that was not known before: it must not smuggle in what is refused. */
function checkedArgument(name: string, argument: string): string {
    refuse("MetricsServer", name, extraArgumentProblems([argument]));
    return argument;
}
