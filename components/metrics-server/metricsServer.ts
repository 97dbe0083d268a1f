import * as pulumi from "@pulumi/pulumi";
import { APIService } from "@pulumi/kubernetes/apiregistration/v1";
import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { Service } from "@pulumi/kubernetes/core/v1";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import { inheritedDependsOn } from "../shared/inheritedDependsOn";
import type { DeploymentSettings } from "./deploymentSpec";
import { DEFAULT_ADDRESS_TYPES } from "../nodes/addressTypes";
import { authenticationOf } from "./authentication";
import { extraArgumentProblems } from "./extraArguments";
import * as manifests from "./manifests";
import { checkedWords, withMetadata } from "./metadata";
import { TlsVersion, type MetricsServerArgs } from "./metricsServerArgs";
import { DEFAULT_KUBERNETES, imageOf, releaseFor } from "./releases";
import { NAMESPACE } from "../shared/owner";
import { acceptedForm } from "../shared/argumentForm";
import { refuse, type Owner } from "../shared/invalidArguments";
import { digestOf } from "../shared/digest";
import { behind } from "../shared/knownNow";
import { knownTexts } from "../shared/lateCheck";
import { base64, joinPem } from "../shared/pem";
import {
    certificateFitting,
    checkCertificate,
    givenCertificateProblems,
    inClusterProblems,
} from "./givenCertificate";
import { metricsServerProblems } from "./metricsServerProblems";
import { createIssued } from "./issued";
import { createMounted, type Mounted } from "./mounted";
import { createPermissions } from "./permissions";
import { nodeSelectorOf, tolerationsOf } from "./placement";
import { knownAfter, waitsOf } from "./waits";

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
    /** Base64 of the PEM CA certificates in the APIService. Empty where cert-manager's cainjector keeps them there. */
    public readonly caBundle: pulumi.Output<string>;

    constructor(name: string, args: MetricsServerArgs, opts?: pulumi.ComponentResourceOptions) {
        const owner = { component: "MetricsServer", name };
        args = acceptedForm(owner, args);
        refuse("MetricsServer", name, [
            ...metricsServerProblems(args),
            ...inClusterProblems(args),
            ...givenCertificateProblems(knownTexts(certificateFitting(args))),
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
        const mounted = createMounted(owner, args, { checked, parent, common });
        const issued =
            args.certManager === undefined
                ? []
                : createIssued(name, args.certManager, { checked, parent, common });
        const wanted = settingsOf(owner, args, mounted);
        const settings = { ...wanted, image: knownAfter(waits.free, wanted.image) };
        const manifest = manifests.deployment(settings);
        const deployment = new Deployment(
            `${name}-deployment`,
            withMetadata(manifest, common, annotations.deployment),
            {
                ...parent,
                dependsOn: [...parent.dependsOn, ...permissions, ...issued, ...waits.deployment],
            },
        );
        keepPods(this, manifest.spec.template);
        const budgets: pulumi.Resource[] =
            settings.replicas > 1
                ? [
                      new PodDisruptionBudget(
                          `${name}-disruption-budget`,
                          withMetadata(
                              manifests.disruptionBudget(args.unhealthyPodEvictionPolicy),
                              common,
                          ),
                          parent,
                      ),
                  ]
                : [];
        const handedOver = waits.handOver?.([deployment, ...budgets]);
        const service = new Service(
            `${name}-service`,
            withMetadata(manifests.service(handedOver?.done), common, annotations.service),
            { ...parent, dependsOn: [...parent.dependsOn, ...(handedOver?.after ?? [])] },
        );
        const caBundle = bundleOf(args, checked);
        // Last to be created and first to be deleted: an APIService without a server blocks the deletion of namespaces.
        const apiService = new APIService(
            `${name}-api-service`,
            withMetadata(
                manifests.apiService(
                    caBundle && knownAfter(handedOver?.done, caBundle),
                    args.certManager !== undefined,
                ),
                common,
                annotations.apiService,
            ),
            { ...parent, dependsOn: [...parent.dependsOn, deployment, service] },
        );

        this.image = pulumi.output(settings.image);
        this.serviceName = service.metadata.name.apply((service) => `${service}.${NAMESPACE}.svc`);
        this.apiServiceName = apiService.metadata.name;
        this.caBundle = caBundle === undefined ? pulumi.output("") : apiService.spec.caBundle;
        this.registerOutputs({
            image: this.image,
            serviceName: this.serviceName,
            apiServiceName: this.apiServiceName,
            caBundle: this.caBundle,
        });
    }
}

/** What the program says that the API server verifies with; undefined where cainjector does. */
function bundleOf(
    { certManager, caBundle }: MetricsServerArgs,
    checked: Promise<void>,
): pulumi.Output<string> | undefined {
    const given = certManager?.caBundlePem;
    if (given !== undefined) {
        return behind(given, checked).apply((pem) => base64(joinPem([pem])));
    }
    return caBundle === undefined ? undefined : behind(caBundle, checked);
}

function settingsOf(owner: Owner, args: MetricsServerArgs, mounted: Mounted): DeploymentSettings {
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
        ...mounted,
        kubeletCaHostPath: args.kubeletCaHostPath,
        extraVolumes: args.extraVolumes ?? {},
    };
}

/** Looks again at an argument that was not known before: it must not smuggle in what is refused. */
function checkedArgument({ component, name }: Owner, argument: string): string {
    refuse(component, name, extraArgumentProblems([argument]));
    return argument;
}

const pods = new WeakMap<pulumi.Resource, pulumi.Output<string>>();

/** A digest gives nothing away, so it is no secret where an argument is one. */
function keepPods(component: MetricsServer, template: object): void {
    const known = pulumi.output(template).apply((each) => digestOf(each));
    pods.set(component, pulumi.unsecret(known));
}

/** The digest of what the pods are made from: it changes with them, and with what they mount under another name. */
export function podsOf(component: MetricsServer): pulumi.Output<string> {
    return pods.get(component) ?? pulumi.output("");
}
