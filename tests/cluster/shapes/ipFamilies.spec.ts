import assert from "node:assert/strict";
import { isIPv6 } from "node:net";
import { handshake } from "../../support/observe";
import { skipIfLacking } from "../../support/skip";
import { type Cluster, down, requirements, up } from "../harness";
import { stockMetricsServer } from "../harness/stockMetricsServer";

/** A service of metrics-server's pods with an address of each family that the cluster has. */
const SERVICE = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "both", namespace: "kube-system" },
    spec: {
        selector: { "k8s-app": "metrics-server" },
        ports: [{ port: 443, targetPort: 10250 }],
        ipFamilyPolicy: "PreferDualStack",
    },
};

/** The addresses of w1 and the machine that nobody has, by family. */
const FAMILIES = {
    dual: {
        w1: [/^10\.77\.\d\.21$/, /^fd77:5ec:c\d::21$/],
        elsewhere: ["198.51.100.1", "[2001:db8::1]"],
    },
    ipv6: { w1: [/^fd77:5ec:c\d::21$/], elsewhere: ["[2001:db8::1]"] },
} as const;

for (const ipFamily of ["dual", "ipv6"] as const) {
    describe(`the test cluster with the address families "${ipFamily}"`, function () {
        this.timeout(0);
        const { w1, elsewhere } = FAMILIES[ipFamily];
        let cluster: Cluster;

        before(async function () {
            const options = { ipFamily, workers: 1 };
            skipIfLacking(this, requirements(options));
            cluster = await up({ ...options, replace: true });
        });

        after(async () => {
            if ((cluster as Cluster | undefined) !== undefined) {
                await down();
            }
        });

        async function words(...args: string[]): Promise<string[]> {
            return (await cluster.kubectl(args)).split(" ");
        }

        it("has nodes with an InternalIP and a range of pods of each family", async () => {
            for (const { nodeName, ip, ips } of cluster.nodes) {
                const path = '{.status.addresses[?(@.type=="InternalIP")].address}';
                assert.deepEqual(await words("get", "node", nodeName, `-ojsonpath=${path}`), ips);
                assert.equal(ips[0], ip);
                const ranges = await words(
                    "get",
                    "node",
                    nodeName,
                    "-ojsonpath={.spec.podCIDRs[*]}",
                );
                assert.deepEqual(
                    ranges.map((range) => range.includes(":")),
                    ips.map(isIPv6),
                );
            }
            const ips = cluster.nodes.find(({ name }) => name === "w1")?.ips ?? [];
            assert.equal(ips.length, w1.length);
            w1.forEach((pattern, at) => {
                assert.match(ips[at] ?? "", pattern);
            });
        });

        it("has its own API as a service at the address that it tells", async () => {
            const path = "-ojsonpath={.spec.clusterIP}";
            const [address] = await words("get", "service", "kubernetes", path);
            assert.equal(address, cluster.network.kubernetesService);
        });

        it("has kubelets that answer at each of their addresses, and sshd at the first", async () => {
            for (const { name, ips } of cluster.nodes) {
                for (const ip of ips) {
                    const { issuer } = await handshake(ip, 10250);
                    assert.match(issuer ?? "", new RegExp(`^${name}-ca@\\d+$`));
                }
                assert.equal((await cluster.ssh(name, "hostname")).stdout, `${name}\n`);
            }
        });

        it("cannot be left: what is for elsewhere is refused at once", async () => {
            for (const address of elsewhere) {
                const command = ["curl", "--silent", "--max-time", "5", `http://${address}/`];
                const { code } = await cluster.exec("w1", command, { allowFailure: true });
                assert.equal(
                    code,
                    7,
                    "curl's code for a refused connection, not 28 for a time-out",
                );
            }
        });

        it("leads over services to pods, from the API server and from each node, by each family", async () => {
            await stockMetricsServer(cluster);
            assert.match(
                await cluster.kubectl(["top", "nodes", "--no-headers"]),
                /^cp1 .*\nw1 .*\n$/,
            );
            await cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(SERVICE) });
            const path = "-ojsonpath={.spec.clusterIPs[*]}";
            const addresses = await words("get", "service", "both", "-n", "kube-system", path);
            assert.equal(addresses.length, w1.length);
            for (const { name } of cluster.nodes) {
                for (const address of addresses) {
                    const connect = `exec 3<>/dev/tcp/${address}/443`;
                    await cluster.exec(name, ["timeout", "30", "bash", "-c", connect]);
                }
            }
        });

        it("takes a worker in, reboots it, and lets it go", async () => {
            const { ips } = await cluster.addWorker("w2");
            assert.equal(ips.length, w1.length);
            await cluster.reboot("w2");
            await cluster.removeNode("w2");
            const left = await cluster.kubectl(["get", "nodes", "-o", "name"]);
            assert.equal(left, "node/cp1\nnode/w1\n");
        });

        it("is brought back to its first minute, with pods that are reached by each family", async () => {
            await cluster.restore();
            assert.doesNotMatch(await cluster.kubectl(["get", "apiservices"]), /metrics/);
            await stockMetricsServer(cluster);
            assert.match(
                await cluster.kubectl(["top", "nodes", "--no-headers"]),
                /^cp1 .*\nw1 .*\n$/,
            );
        });
    });
}
