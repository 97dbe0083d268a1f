import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Api, type SigningRequest } from "./csr/api";
import { hostileRequests } from "./csr/hostile";
import {
    adminCredential,
    inventoryOf,
    kubelets,
    LooseApprover,
    nodeApi,
    sendApproval,
    worldOf,
} from "./csr/lab";
import { requestPem } from "./csr/request";
import { outcome, rubberStamp, signingRequest, submit, table } from "./csr/trial";
import type { World } from "./csr/world";
import { requirements, up, type Cluster } from "./harness";
import { BUDGETS, found, notYet, until } from "./harness/budgets";
import { skipIfLacking } from "../support/skip";

const UNIT = "secure-metrics-server-csr-approval";
const INSTALLED = [
    "/usr/local/lib/secure-metrics-server",
    "/var/lib/secure-metrics-server/approver",
    "/etc/secure-metrics-server",
    "/run/secure-metrics-server",
    `/etc/systemd/system/${UNIT}.service`,
    `/etc/systemd/system/${UNIT}.timer`,
    `/etc/systemd/system/timers.target.wants/${UNIT}.timer`,
];

describe("CSR approval with a stolen node credential, on a real cluster", function () {
    this.timeout(15 * 60_000);
    let cluster: Cluster;
    let admin: Api;
    let thief: Api;
    let world: World;
    let inventory: string;
    let approver: LooseApprover;
    let known: Set<string>;

    before(async function () {
        skipIfLacking(this, requirements());
        cluster = await up();
        const credential = await adminCredential(cluster);
        admin = new Api(credential);
        thief = await nodeApi(cluster, credential, "w1");
        const nodes = await kubelets(cluster);
        world = worldOf(nodes, cluster.network.kubernetesService);
        inventory = inventoryOf(nodes);
        approver = new LooseApprover(cluster);
        await approver.place(inventory);
    });

    after(async () => {
        if ((approver as LooseApprover | undefined) !== undefined) {
            await approver.remove();
            admin.close();
            thief.close();
        }
    });

    beforeEach(async () => {
        known = new Set((await admin.list()).map(({ metadata }) => metadata.uid));
    });

    afterEach(async () => {
        for (const { metadata } of await submitted()) {
            await admin.delete(metadata.name);
        }
    });

    /** What this test has sent with w1's credential. */
    async function submitted(): Promise<SigningRequest[]> {
        return (await admin.list()).filter(
            ({ metadata, spec }) => spec.username === "system:node:w1" && !known.has(metadata.uid),
        );
    }

    /** The request that w1's kubelet would send. */
    async function submitReal(name: string): Promise<void> {
        const { status, body } = await thief.create(
            signingRequest(name, { pem: requestPem(world.own) }),
        );
        assert.equal(status, 201, JSON.stringify(body));
    }

    async function approved(): Promise<string[]> {
        const done = (await submitted()).filter(({ status }) =>
            status.conditions?.some(({ type }) => type === "Approved"),
        );
        return done.map(({ metadata }) => metadata.name);
    }

    async function issued(name: string, seconds: number): Promise<SigningRequest> {
        for (let second = 0; ; second++) {
            const object = await admin.read(name);
            if (object.status.certificate !== undefined || second >= seconds) {
                return object;
            }
            await sleep(1000);
        }
    }

    it("approves only the real request among all hostile ones", async () => {
        const trials = await submit(thief, hostileRequests(world));
        await submitReal("csr-real");
        const lines = await approver.run("run", "--idle", "0");
        assert.deepEqual(await approved(), ["csr-real"], lines.join("\n"));
        assert.ok(lines.every((line) => /^[ -~]{1,400}$/.test(line)));
        const real = outcome(await issued("csr-real", 30));
        assert.match(real, /^ISSUED O=system:nodes, CN=system:node:w1; DNS:w1, IP Address:/);

        const stored = trials.flatMap(({ name }) => name ?? []);
        const verdicts = await approver.run("check");
        assert.ok(!verdicts.some((line) => line.includes("would be approved")));
        const stamped = await rubberStamp(admin, stored);
        console.log(`What a rubber stamp would have signed:\n${table(trials, stamped)}`);
        const impersonations = [...stamped.values()].filter((text) =>
            /^ISSUED .*(kubernetes|10\.96\.0\.1\b)/.test(text),
        );
        assert.ok(impersonations.length > 5, "the suite has lost its sting");
    });

    it("finds the real request in a flood of 500", async () => {
        const rogue = requestPem({ ...world.own, dns: ["w1", "kubernetes.default.svc"] });
        for (let number = 0; number < 500; number++) {
            await thief.create(signingRequest(`flood-${number}`, { pem: rogue }));
        }
        await submitReal("a-real-one");
        const start = Date.now();
        const lines = await approver.run("run", "--idle", "0");
        const seconds = (Date.now() - start) / 1000;
        console.log(`      500 rogue requests: ${seconds} s`);
        assert.deepEqual(await approved(), ["a-real-one"], lines.join("\n"));
    });

    it("does not approve a request that was swapped after it was judged", async () => {
        const evil = requestPem({ ...world.own, dns: ["kubernetes.default.svc"] });
        const swapped = {
            apiVersion: "certificates.k8s.io/v1",
            kind: "CertificateSigningRequest",
            ...signingRequest("csr-swapped", { pem: evil }),
        };
        await approver.write("evil.json", JSON.stringify(swapped));
        await approver.write("bin/kubectl", SWAPPING_KUBECTL);
        await submitReal("csr-swapped");
        const lines = await approver.run("run");
        await approver.write("bin/kubectl", PLAIN_KUBECTL);
        assert.match(lines.join("\n"), /csr-swapped of w1 not approved, .*Conflict/);
        assert.deepEqual(await approved(), []);
        const left = await admin.read("csr-swapped");
        assert.equal(Buffer.from(left.spec.request, "base64").toString(), evil.toString());
    });

    it("keeps the object as it was but for the condition", async () => {
        await submitReal("csr-kept");
        const old = await admin.read("csr-kept");
        await approver.run("run", "--idle", "0");
        const { metadata, spec, status } = await issued("csr-kept", 30);
        assert.equal(metadata.uid, old.metadata.uid);
        assert.deepEqual(spec, old.spec);
        const [condition] = status.conditions ?? [];
        assert.equal(condition?.reason, "SecureMetricsServerInventory");
        assert.match(condition.message ?? "", /exactly what the kubelet of w1 would request/);
    });

    it("says which address the inventory lacks, and approves once it is there", async () => {
        const [line = ""] = /^w1 .*$/m.exec(inventory) ?? [];
        await approver.place(inventory.replace(line, "w1 192.0.2.1"));
        await submitReal("csr-moved");
        const lines = await approver.run("run");
        assert.match(
            lines.join("\n"),
            /the Node has the InternalIP .* add it to `addresses` of w1$/m,
        );
        await approver.place(inventory);
        await approver.run("run", "--idle", "0");
        assert.deepEqual(await approved(), ["csr-moved"]);
    });

    it("works unattended once it is installed over SSH, and leaves nothing behind", async () => {
        const header = {
            INSTANCE: "trial",
            NODE_NAME: "cp1",
            INVENTORY: inventory,
            CONTROL_PLANES: "cp1",
            INTERVAL: "5",
            EXPECT: "2",
        };
        const nodes = inventory.split("\n").length;
        const fresh = await sendApproval(cluster, "install", header);
        assert.deepEqual(fresh, { changed: true, interval: 5, nodes });
        const again = await sendApproval(cluster, "install", header);
        assert.deepEqual(again, { changed: false, interval: 5, nodes });
        // The run that install started has to be over: it is the timer's that must find the request.
        await until("the first run to end", BUDGETS.workload, async () => {
            const { stdout } = await cluster.exec(
                "cp1",
                ["systemctl", "is-active", `${UNIT}.service`],
                {
                    allowFailure: true,
                },
            );
            return stdout.trim() === "inactive" ? found(undefined) : notYet(stdout);
        });

        await submitReal("csr-unattended");
        const object = await issued("csr-unattended", 30);
        const journal = await cluster.exec("cp1", ["journalctl", "--no-pager", "-u", UNIT]);
        assert.match(outcome(object), /^ISSUED/, journal.stdout);
        assert.match(journal.stdout, /csr-unattended of w1 approved: w1 /);
        const status = (await sendApproval(cluster, "status", header)) as { digest: string };
        assert.deepEqual(status, {
            ...{ installed: true, current: true, active: true, interval: 5, nodes },
            ...{ lastResult: "success", inSync: true, causes: [], digest: status.digest },
        });

        assert.deepEqual(await rightsOfTheApprover(), RIGHTS);

        const gone = await sendApproval(cluster, "uninstall", header);
        assert.deepEqual(gone, { changed: true, remaining: 0 });
        const twice = await sendApproval(cluster, "uninstall", header);
        assert.deepEqual(twice, { changed: false, remaining: 0 });
        const script = `for file do [ ! -e "$file" ] || echo "$file"; done; systemctl list-units --all --plain --no-legend '${UNIT}*'`;
        const left = await cluster.exec("cp1", ["sh", "-c", script, "sh", ...INSTALLED]);
        assert.equal(left.stdout.trim(), "");
        const kinds = "serviceaccounts,secrets,roles,rolebindings,clusterroles,clusterrolebindings";
        const owned = ["-l", "app.kubernetes.io/part-of=secure-metrics-server", "-o", "name"];
        const objects = await cluster.kubectl(["get", kinds, "-A", ...owned]);
        assert.doesNotMatch(objects, /secure-metrics-server-approver/);
    });

    it("judges no address that another inventory gives to another node", async () => {
        await approver.claim("stale.stack", `gone ${world.own.ips.join(" ")}`);
        await submitReal("csr-contested");
        const lines = await approver.run("run", "--idle", "0");
        await approver.unclaim("stale.stack");
        assert.match(lines.join("\n"), /which .*\(stale\.stack\).*\(trial\) both claim; next: /);
        assert.deepEqual(await approved(), []);
        await approver.run("run", "--idle", "0");
        assert.deepEqual(await approved(), ["csr-contested"]);
    });

    /** What the API server lets the approver's credential do, as `kubectl auth can-i --list` prints it, in two namespaces. */
    /** What it may beyond what every ServiceAccount of the cluster may. */
    async function rightsOfTheApprover(): Promise<string[]> {
        const kubeconfig = "--kubeconfig=/var/lib/secure-metrics-server/approver/kubeconfig";
        const beyond = async (namespace: string): Promise<string[]> => {
            const list = ["auth", "can-i", "--list", "--no-headers", "-n", namespace];
            const { stdout } = await cluster.exec("cp1", ["kubectl", kubeconfig, ...list]);
            const anybody = rights(await cluster.kubectl([...list, ...ANY_ACCOUNT]));
            return rights(stdout)
                .filter((right) => !anybody.includes(right))
                .map((right) => `${namespace}: ${right}`);
        };
        return [...(await beyond("default")), ...(await beyond("kube-system"))];
    }
});

/** A ServiceAccount that nobody has given anything. */
const ANY_ACCOUNT = [
    "--as=system:serviceaccount:kube-system:anybody",
    ...["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"].map(
        (group) => `--as-group=${group}`,
    ),
];

/** The lines of `kubectl auth can-i --list`. */
function rights(listed: string): string[] {
    const lines = listed.split("\n").map((line) => line.trim().replace(/ +/g, " "));
    return lines.filter((line) => line !== "").sort();
}

const EVERYWHERE = [
    "certificatesigningrequests.certificates.k8s.io [] [] [get list]",
    "certificatesigningrequests.certificates.k8s.io/approval [] [] [update]",
    "nodes [] [] [get]",
    "signers.certificates.k8s.io [] [kubernetes.io/kubelet-serving] [approve]",
];
const RIGHTS = [
    ...[...EVERYWHERE, "services [] [kubernetes] [get]"].map((right) => `default: ${right}`).sort(),
    ...EVERYWHERE.map((right) => `kube-system: ${right}`).sort(),
];

/** Stands before the real kubectl and, when an approval comes, first swaps the request: with rights that no node has. */
const SWAPPING_KUBECTL = `#!/bin/sh
real() { (PATH=\${PATH#*:} && exec kubectl "$@"); }
case " $* " in *" replace "*) ;; *) real "$@"; exit ;; esac
real --kubeconfig /etc/kubernetes/admin.conf delete csr csr-swapped >/dev/null </dev/null
real --kubeconfig /etc/kubernetes/admin.conf create -f "$ROOT/evil.json" --as=system:node:w1 \\
    --as-group=system:nodes --as-group=system:authenticated >/dev/null </dev/null
real "$@"
`;

const PLAIN_KUBECTL = `#!/bin/sh
PATH=\${PATH#*:} && exec kubectl "$@"
`;
