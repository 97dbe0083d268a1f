import * as pulumi from "@pulumi/pulumi";
import type { remote } from "@pulumi/command";
import type { CheckContext } from "../cluster-preflight/clusterCheck";
import { CsrApprovalMode } from "../nodes/nodeArgs";
import type { Inventory, InventoryNode } from "../nodes/parseNodes";
import { CertificateSource } from "../serving-certificate/servingCertificateArgs";
import { digestsOf } from "../serving-certificate/clusterCaResult";
import type { SignedInCluster, SignInCluster, SigningRequest } from "../serving-certificate/source";
import { isTime } from "../shared/facts";
import type { Dependencies } from "../shared/inheritedDependsOn";
import { warnInPassing } from "../shared/log";
import { lastJsonLineIfAny } from "../ssh/lastJsonLine";
import { nodeCommand } from "../ssh/nodeCommand";
import { nodeScript, type NodeScript } from "../ssh/nodeScripts";
import { publishedCa } from "./publishedCa";

/** What has the cluster's CA sign on the first control plane. */
export class ClusterCaSigner {
    private script: NodeScript | undefined;
    private command: remote.Command | undefined;
    private begin: (after: Dependencies) => void = () => undefined;
    private readonly begun = new Promise<Dependencies>((resolve) => {
        this.begin = resolve;
    });

    constructor(
        private readonly context: CheckContext,
        private readonly node: InventoryNode,
    ) {}

    /** Asks for a certificate. The node is touched after `startAfter` only. */
    readonly sign: SignInCluster = (request) => this.ask(request);

    /** Lets the CA sign when these are there: the cluster has been looked at by then. */
    startAfter(looked: Dependencies): void {
        this.begin(looked);
    }

    /** What everything else waits for, so that nothing is changed where the CA does not sign. */
    get commands(): remote.Command[] {
        return this.command === undefined ? [] : [this.command];
    }

    /** The scripts that the look at all nodes asks what they lack, on a node. */
    scriptsOn(node: string): NodeScript[] {
        return node === this.node.name && this.script !== undefined ? [this.script] : [];
    }

    private ask({ request, names, notAfter }: SigningRequest): SignedInCluster {
        const { name, hook, parent, dependsOn } = this.context;
        const published = publishedCa(name, parent, dependsOn);
        this.script = nodeScript("cluster-ca", {
            NODE_NAME: this.node.name,
            REQUEST: request.apply((pem) => trimmed(pem)),
            NAMES: names.apply((all) => all.join(" ")),
            NOT_AFTER: notAfter.apply(inUtc),
            CLUSTER_CA_SHA256: published.apply((all) =>
                all.length > 0 ? digestsOf(all).join(" ") : undefined,
            ),
        });
        this.command = nodeCommand(
            `${name}-cluster-ca`,
            { hook, node: this.node, script: this.script, ensure: "sign" },
            { parent, dependsOn: this.begun },
        );
        const signed = pulumi.unsecret(this.command.stdout).apply(signedIn);
        return { node: this.node.name, signed, published };
    }
}

/** PEM without its last newline, and nothing under the mocks of a user's unit tests. */
function trimmed(pem: string | undefined): string {
    return (pem ?? "").trimEnd();
}

/** The provider says times in the zone of the machine that runs it, and each would be another text. */
function inUtc(time: string | undefined): string {
    return isTime(time) ? new Date(time).toISOString().replace(/\.\d+Z$/, "Z") : "";
}

/** Both texts from what the script printed. What has another form is nothing, and is refused as such. */
function signedIn(stdout: string | undefined): { certificate: string; ca: string } {
    const { certificate, ca } = lastJsonLineIfAny(stdout);
    return { certificate: textOf(certificate), ca: textOf(ca) };
}

function textOf(value: unknown): string {
    return typeof value === "string" ? value : "";
}

/** What is wrong with source clusterCa where no control plane is known. */
export function clusterCaProblems(
    source: CertificateSource | undefined,
    inventory: Inventory | undefined,
): string[] {
    return source === CertificateSource.ClusterCa &&
        inventory !== undefined &&
        inventory.first === undefined
        ? [
              "servingCertificate.source is clusterCa, and nodes has no node with role controlPlane, where the cluster's CA signs; expected one; next: give a control plane role: controlPlane",
          ]
        : [];
}

/** What has the cluster's CA sign, where the source is that. */
export function clusterCaSigner(
    source: CertificateSource | undefined,
    context: CheckContext,
): ClusterCaSigner | undefined {
    const { first, approval } = context.inventory;
    if (source !== CertificateSource.ClusterCa || first === undefined) {
        return undefined;
    }
    warnOfClusterCa(approval.mode, context.parent);
    return new ClusterCaSigner(context, first);
}

/** What a run has to say of this source, each time: who chose it may not be who runs it. */
function warnOfClusterCa(mode: CsrApprovalMode, resource: pulumi.Resource): void {
    void warnInPassing(
        "servingCertificate.source is clusterCa: the API server takes every certificate of the cluster's CA for metrics-server.kube-system.svc and serverAuth for metrics-server, and nothing revokes one; " +
            "next: keep ca.key and whoever approves certificate requests safe, or choose source own, whose CA signs nothing else",
        resource,
    );
    if (mode !== CsrApprovalMode.ControlPlane) {
        void warnInPassing(
            `servingCertificate.source is clusterCa, and csrApproval.mode is ${mode}: the cluster's CA signs for kubelets, too, and does not check whose name is in a request; where the approver does not either, one node can have a certificate for metrics-server and forge metrics; ` +
                "expected csrApproval.mode controlPlane, which compares each request with nodes; next: choose it, or source own",
            resource,
        );
    }
}
