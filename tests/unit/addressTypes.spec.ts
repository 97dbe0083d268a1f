import assert from "node:assert/strict";
import {
    ClusterPreflight,
    KubeletServingCertificates,
    NodeAddressType,
    SecureMetricsServer,
} from "../../index";
import { addressTypeProblems } from "../../components/nodes/addressTypes";
import { header, named } from "./support/find";
import { foreign, NODES, SSH } from "./support/fixtures";
import { containerOf, metricsServerWith } from "./support/metricsServer";
import { record } from "./support/mocks";

const { ExternalIP, Hostname, InternalDNS } = NodeAddressType;
const EXPECTED =
    "expected some of InternalIP, ExternalIP, Hostname, InternalDNS, ExternalDNS, the preferred one first";
const cluster = { nodes: NODES, ssh: SSH };

describe("the addresses at which kubelets are asked", () => {
    it("are any of the five types, in any order", () => {
        assert.deepEqual(addressTypeProblems(undefined), []);
        assert.deepEqual(addressTypeProblems([ExternalIP]), []);
        assert.deepEqual(addressTypeProblems(Object.values(NodeAddressType).reverse()), []);
    });

    it("are refused when there is none, when a type is none, and when one comes twice", () => {
        assert.deepEqual(addressTypeProblems([]), [
            `kubeletPreferredAddressTypes is empty; ${EXPECTED}`,
        ]);
        assert.deepEqual(addressTypeProblems([foreign("internalIP"), Hostname, Hostname]), [
            `kubeletPreferredAddressTypes has "internalIP"; ${EXPECTED}`,
            `kubeletPreferredAddressTypes has Hostname twice; ${EXPECTED}`,
        ]);
    });

    it("reach metrics-server in their order", async () => {
        const all = await metricsServerWith({
            kubeletPreferredAddressTypes: [InternalDNS, ExternalIP],
        });
        const args = containerOf(all)["args"] as string[];
        assert.deepEqual(
            args.filter((flag) => flag.includes("address-types")),
            ["--kubelet-preferred-address-types=InternalDNS,ExternalIP"],
        );
    });

    it("are those of the preflight and of the handshakes with all kubelets", async () => {
        const kubeletPreferredAddressTypes = [ExternalIP, Hostname];
        const { resources } = await record(
            () =>
                new SecureMetricsServer("m", {
                    ...cluster,
                    metricsServer: { kubeletPreferredAddressTypes },
                }),
        );
        for (const name of ["m-preflight", "m-kubelets-verification"]) {
            assert.equal(
                header(named(resources, name))["ADDRESS_TYPES"],
                "ExternalIP Hostname",
                name,
            );
        }
    });

    it("leave every script as it is where nothing is said", async () => {
        const { resources } = await record(() => new SecureMetricsServer("m", cluster));
        for (const { name, inputs } of resources) {
            assert.doesNotMatch(JSON.stringify(inputs["stdin"] ?? ""), /ADDRESS_TYPES/, name);
        }
    });

    it("are an argument of the other components, too, and are refused there with the same words", async () => {
        const kubeletPreferredAddressTypes = [ExternalIP];
        const kubelets = await record(
            () => new KubeletServingCertificates("k", { ...cluster, kubeletPreferredAddressTypes }),
        );
        const verification = named(kubelets.resources, "k-verification");
        assert.equal(header(verification)["ADDRESS_TYPES"], "ExternalIP");
        const preflight = await record(
            () => new ClusterPreflight("c", { ...cluster, kubeletPreferredAddressTypes }),
        );
        const look = named(preflight.resources, "c-preflight");
        assert.equal(header(look)["ADDRESS_TYPES"], "ExternalIP");
        for (const Component of [KubeletServingCertificates, ClusterPreflight]) {
            await assert.rejects(
                record(() => new Component("x", { ...cluster, kubeletPreferredAddressTypes: [] })),
                /kubeletPreferredAddressTypes is empty; expected some of/,
            );
        }
    });
});

describe("the last check where nodes are left out with --node-selector", () => {
    const selectorOf = async (extraArgs: string[] | undefined): Promise<string | undefined> => {
        const { resources } = await record(
            () =>
                new SecureMetricsServer("m", {
                    ...cluster,
                    metricsServer: extraArgs === undefined ? {} : { extraArgs },
                }),
        );
        return header(named(resources, "m-metrics"))["NODE_SELECTOR"];
    };

    it("is told which nodes metrics-server asks, so that it does not wait for the others", async () => {
        assert.equal(await selectorOf(["--node-selector=pool!=edge"]), "pool!=edge");
        assert.equal(await selectorOf(["--v=2"]), undefined);
        assert.equal(await selectorOf(undefined), undefined);
    });
});
