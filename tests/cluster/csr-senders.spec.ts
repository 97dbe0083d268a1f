import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { skipIfLacking } from "../support/skip";
import { Api, type Credential, type SigningRequest } from "./csr/api";
import { attributes } from "./csr/request";
import { adminCredential, inventoryOf, kubelets, LooseApprover, nodeApi, worldOf } from "./csr/lab";
import { requestPem, type KubeletNames } from "./csr/request";
import { signingRequest } from "./csr/trial";
import type { World } from "./csr/world";
import { requirements, up, type Cluster } from "./harness";
import { BUDGETS, found, notYet, until } from "./harness/budgets";

describe("CSR approval with a stolen bootstrap token, on a real cluster", function () {
    this.timeout(10 * 60_000);
    let cluster: Cluster;
    let credential: Credential;
    let admin: Api;
    let token: string;
    let bootstrap: Api;
    let world: World;
    let approver: LooseApprover;
    const mine: string[] = [];

    before(async function () {
        skipIfLacking(this, requirements());
        cluster = await up();
        credential = await adminCredential(cluster);
        admin = new Api(credential);
        const created = await cluster.exec("cp1", ["kubeadm", "token", "create", "--ttl=15m"]);
        token = created.stdout.trim();
        const { server, ca } = credential;
        bootstrap = new Api({ server, ca, token });
        const nodes = await kubelets(cluster);
        world = worldOf(nodes, cluster.network.kubernetesService);
        approver = new LooseApprover(cluster);
        await approver.place(inventoryOf(nodes));
    });

    after(async () => {
        if (!(approver as LooseApprover | undefined)) return;
        await approver.remove();
        await cluster.exec("cp1", ["kubeadm", "token", "delete", token.split(".")[0] ?? ""]);
        for (const client of [admin, bootstrap]) client.close();
    });

    afterEach(async () => {
        for (const name of mine.splice(0)) await admin.delete(name);
    });

    async function submit(api: Api, name: string, request: Parameters<typeof signingRequest>[1]) {
        const { status, body } = await api.create(signingRequest(name, request));
        assert.equal(status, 201, JSON.stringify(body));
        mine.push(name);
    }

    /** What the token buys: a client certificate for a node name, approved and issued by the controller manager alone. */
    async function impersonate(node: string): Promise<Api> {
        const key = generateKeyPairSync("ec", { namedCurve: "P-256" });
        const name = `client-of-${node}`;
        await submit(bootstrap, name, {
            pem: requestPem({ node, dns: [], ips: [] }, { key, attributes: attributes() }),
            signerName: "kubernetes.io/kube-apiserver-client-kubelet",
            usages: ["digital signature", "client auth"],
        });
        const certificate = await until("the client certificate", BUDGETS.workload, async () => {
            const { status } = await admin.read(name);
            return status.certificate === undefined
                ? notYet(JSON.stringify(status))
                : found(status.certificate);
        });
        const { server, ca } = credential;
        return new Api({
            server,
            ca,
            cert: Buffer.from(certificate, "base64").toString(),
            key: key.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
        });
    }

    /** Sends the request that the kubelet of a node would send, lets the approver look, and returns what it said. */
    async function askAs(api: Api, names: KubeletNames, name: string): Promise<string> {
        await submit(api, name, { pem: requestPem(names) });
        const lines = await approver.run("run", "--idle", "0");
        return lines.filter((line) => line.includes(name)).join("\n");
    }

    async function isApproved(name: string): Promise<boolean> {
        const { status }: SigningRequest = await admin.read(name);
        return status.conditions?.some(({ type }) => type === "Approved") ?? false;
    }

    it("leaves a perfect request as the control plane pending: it was sent with another certificate", async () => {
        const thief = await impersonate("cp1");
        const said = await askAs(thief, world.controlPlane, "serving-stolen-cp1");
        assert.match(
            said,
            /stays pending: it was not sent with the certificate in .*; next: kubeadm token list$/,
        );
        assert.equal(await isApproved("serving-stolen-cp1"), false);
        thief.close();
    });

    it("approves the same request where the control plane's own kubelet sent it", async () => {
        const own = await nodeApi(cluster, credential, "cp1");
        const said = await askAs(own, world.controlPlane, "serving-own-cp1");
        assert.match(said, /approved: cp1 /);
        assert.equal(await isApproved("serving-own-cp1"), true);
        own.close();
    });

    it("approves no other control plane than its own", async () => {
        const nodes = await kubelets(cluster);
        await approver.place(inventoryOf(nodes), ["cp1", "w2"]);
        const other = await nodeApi(cluster, credential, "w2");
        const said = await askAs(other, world.other, "serving-other");
        await approver.place(inventoryOf(nodes));
        assert.match(said, /it is of another control plane, whose own approver decides$/);
        assert.equal(await isApproved("serving-other"), false);
        other.close();
    });

    it("leaves open, as its header says, that a token buys a worker's certificate for that worker's names alone", async () => {
        const thief = await impersonate("w1");
        const greedy = { ...world.own, ips: [...world.own.ips, ...world.controlPlane.ips] };
        assert.match(await askAs(thief, greedy, "serving-greedy"), /stays pending: /);
        assert.equal(await isApproved("serving-greedy"), false);
        assert.match(await askAs(thief, world.own, "serving-stolen-w1"), /approved: w1 /);
        thief.close();
    });
});
