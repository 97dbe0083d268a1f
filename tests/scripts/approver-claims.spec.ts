import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
    ApproverFixture,
    credentialId,
    dialects,
    OWN_CREDENTIAL,
} from "../cluster/csr/approverFixture";
import {
    controlPlaneLine,
    nodeAddresses,
    nodeLine,
    pendingRequest,
    serviceLine,
    type PendingRequest,
} from "../cluster/csr/listing";
import { requestPem, type KubeletNames } from "../cluster/csr/request";
import { certificate, clusterCa } from "./support/certificates";

const CP1: KubeletNames = { node: "cp1", dns: ["cp1"], ips: ["10.0.0.10"] };
const CP2: KubeletNames = { node: "cp2", dns: ["cp2"], ips: ["10.0.0.20"] };
const W1: KubeletNames = { node: "w1", dns: ["w1"], ips: ["10.0.0.11"] };
const SERVICE = serviceLine("10.96.0.1");
const ROLES = "control-planes: cp1 cp2";

const line = ({ node, dns, ips }: KubeletNames): string => [node, ...dns, ...ips].join(" ");
const shown = (names: KubeletNames): string => nodeLine(names.node, nodeAddresses(names));

function good(names: KubeletNames, changes: Partial<PendingRequest> = {}): PendingRequest {
    return pendingRequest(names.node, requestPem(names), 1, changes);
}

for (const dialect of dialects()) {
    describe(`approver.sh, who may ask for what (${dialect.name})`, () => {
        let fixture: ApproverFixture;
        beforeEach(() => {
            fixture = new ApproverFixture(dialect);
        });
        afterEach(() => {
            fixture.remove();
        });

        /** The verdict on the only request of a node whose inventory and Node agree with it. */
        function verdictOn(
            names: KubeletNames,
            changes: Partial<PendingRequest> = {},
            roles = ROLES,
            more: string[] = [],
        ): string {
            fixture.set({
                inventory: `${line(names)}\n${roles}\n`,
                cluster: [SERVICE, shown(names), ...more],
                requests: [good(names, changes)],
            });
            const { lines } = fixture.run("check");
            assert.equal(lines.length, 1, lines.join("\n"));
            const [verdict = ""] = lines;
            assert.match(verdict, /^[ -~]{1,400}$/);
            return verdict;
        }

        it("judges no address that a stale inventory gives to another node", () => {
            const thief = { ...W1, ips: ["10.0.0.20"] };
            writeFileSync(join(fixture.inventories, "gone.stack.metrics"), `${line(thief)}\n`);
            fixture.set({
                inventory: `${line(CP2)}\n`,
                cluster: [SERVICE, shown(thief)],
                requests: [good(thief)],
            });
            assert.deepEqual(fixture.run("check").lines, [
                "csr-00001 of w1 stays pending: the Node has the InternalIP 10.0.0.20, which w1 (gone.stack.metrics) " +
                    "and cp2 (project.stack.name) both claim; next: correct `addresses`, or remove the file of a stack that is gone",
            ]);
        });

        it("judges no name that two nodes claim, the name of the sender among them", () => {
            const greedy = { node: "w2", dns: ["w2", "w1"], ips: ["10.0.0.12"] };
            fixture.set({
                inventory: `${line(W1)}\n${line(greedy)}\n`,
                cluster: [SERVICE, shown(W1), shown(greedy)],
                requests: [good(W1), pendingRequest("w2", requestPem(greedy), 2)],
            });
            const { lines } = fixture.run("check");
            assert.equal(lines.filter((text) => text.includes("both claim")).length, 2);
        });

        it("takes two spellings of an address for the same", () => {
            const w1 = { ...W1, ips: ["2001:db8::11"] };
            fixture.set({
                inventory: `${line(w1)}\nw2 2001:db8:0:0:0:0:0:11\n`,
                cluster: [SERVICE, shown(w1)],
                requests: [good(w1)],
            });
            assert.match(fixture.run("check").lines.join("\n"), /both claim/);
        });

        it("takes nodes whose names are the same number for two", () => {
            const [ten, other] = ["10", "010"].map((node) => ({
                node,
                dns: [],
                ips: ["10.0.0.11"],
            }));
            assert.ok(ten && other);
            fixture.set({
                inventory: `${line(ten)}\n${line(other)}\n`,
                cluster: [SERVICE, shown(ten)],
                requests: [good(ten)],
            });
            assert.match(fixture.run("check").lines.join("\n"), /both claim/);
        });

        it("lets several inventories say the same of a node", () => {
            writeFileSync(join(fixture.inventories, "other.stack"), `${line(W1)}\n`);
            assert.match(verdictOn(W1), /would be approved/);
        });

        for (const address of ["10.0.0.100", "2001:db8::100", "10.0.0.10"]) {
            it(`lets no worker have ${address}, which the API server's certificate carries`, () => {
                assert.match(
                    verdictOn({ ...W1, ips: [address] }),
                    /of this control plane's API server, which is not for nodes$/,
                );
            });
        }

        for (const name of ["api.example.com", "vip.example.com", "cp1"]) {
            it(`lets no worker have the name ${name}, under which the API server answers`, () => {
                assert.match(
                    verdictOn({ ...W1, dns: ["w1", name] }),
                    /of this control plane's API server, which is not for nodes$/,
                );
            });
        }

        for (const address of ["10.96.0.1", "10.103.255.255", "fd00:10::1", "fd00:10::1f:9"]) {
            it(`lets no node have ${address} of the Service network`, () => {
                for (const names of [W1, CP1]) {
                    const changes = names === CP1 ? { credentialIds: [OWN_CREDENTIAL] } : {};
                    assert.match(
                        verdictOn({ ...names, ips: [address] }, changes),
                        /of the Service network, which is not for nodes$/,
                    );
                }
            });
        }

        it("lets a node have an address beside the Service network", () => {
            for (const ip of ["10.104.0.1", "10.95.255.255", "fd00:10::20:1", "fd00:11::1"]) {
                assert.match(verdictOn({ ...W1, ips: [ip] }), /would be approved/, ip);
            }
        });

        it("approves this control plane's own request, sent with its kubelet's certificate", () => {
            assert.equal(
                verdictOn(CP1, { credentialIds: [OWN_CREDENTIAL] }),
                "csr-00001 of cp1 would be approved: cp1 10.0.0.10",
            );
        });

        const other = certificate({
            subject: "/O=system:nodes/CN=system:node:cp1",
            issuer: clusterCa(),
            until: 299,
        });
        for (const [what, credentialIds] of Object.entries({
            "another certificate of that name": [credentialId(other.certificate)],
            "two credentials": [OWN_CREDENTIAL, OWN_CREDENTIAL],
            "a token": ["JTI=7a3c"],
            "the credential in another spelling": [OWN_CREDENTIAL.toUpperCase()],
        })) {
            it(`leaves this control plane's request pending where it was sent with ${what}`, () => {
                assert.match(
                    verdictOn(CP1, { credentialIds }),
                    /was not sent with the certificate in \/var\/lib\/kubelet\/pki\/kubelet-client-current\.pem, .*; next: kubeadm token list$/,
                );
            });
        }

        it("says since when the API server names the credential, where it does not", () => {
            assert.match(verdictOn(CP1), /expected Kubernetes 1\.32 or later .*; next: upgrade$/);
        });

        it("approves no other control plane, whatever its request was sent with", () => {
            const pattern =
                /^csr-00001 of cp2 stays pending: it is of another control plane, whose own approver decides$/;
            assert.match(verdictOn(CP2), pattern);
            assert.match(verdictOn(CP2, { credentialIds: [OWN_CREDENTIAL] }), pattern);
            // Also where the inventory of an older package does not tell the roles, but the cluster does.
            assert.match(verdictOn(CP2, {}, "", [controlPlaneLine("cp2")]), pattern);
        });

        it("knows the other control planes where one of their names is odd", () => {
            fixture.set({
                inventory: `${line(CP2)}\ncontrol-planes: cp1 10.5 cp2\n`,
                cluster: [SERVICE, shown(CP2)],
                requests: [good(CP2)],
            });
            const { lines } = fixture.run("check");
            assert.match(lines.join("\n"), /line 2 is malformed, skipped/);
            assert.match(lines.join("\n"), /cp2 stays pending: it is of another control plane/);
        });

        it("knows its own node without any word of roles", () => {
            assert.match(verdictOn(CP1, {}, ""), /expected Kubernetes 1\.32/);
            assert.match(
                verdictOn(CP1, { credentialIds: [OWN_CREDENTIAL] }, ""),
                /would be approved/,
            );
        });

        it("finds the certificate where the kubelet's kubeconfig says, and names the file without one", () => {
            rmSync(join(fixture.root, "var/lib/kubelet/pki/kubelet-client-current.pem"));
            assert.match(
                verdictOn(CP1, { credentialIds: [OWN_CREDENTIAL] }),
                /no kubelet's certificate in \/var\/lib\/kubelet\/pki\/kubelet-client-current\.pem$/,
            );
            fixture.write("etc/kubernetes/kubelet.conf", '  client-certificate: "/data/c.pem"\n');
            fixture.write("data/c.pem", other.certificate);
            assert.match(
                verdictOn(CP1, { credentialIds: [credentialId(other.certificate)] }),
                /would be approved/,
            );
        });

        it("takes a worker's request whatever it was sent with", () => {
            assert.match(verdictOn(W1, { credentialIds: ["X509SHA256=00"] }), /would be approved/);
        });

        it("decides nothing without the API server's certificate", () => {
            rmSync(join(fixture.root, "etc/kubernetes/pki/apiserver.crt"));
            assert.equal(
                verdictOn(W1),
                "error: cannot read the API server's certificate /etc/kubernetes/pki/apiserver.crt; expected its names",
            );
        });
    });
}
