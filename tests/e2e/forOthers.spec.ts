import assert from "node:assert/strict";
import { Api, type Answer } from "../cluster/csr/api";
import { adminCredential } from "../cluster/csr/lab";
import type { Cluster } from "../cluster/harness";
import { BUDGETS, found, notYet, until } from "../cluster/harness/budgets";
import { goVersion } from "../cluster/harness/host/goVersion";
import { certificate } from "../scripts/support/certificates";
import { askAgain, type Question } from "../support/metricsClient";
import { skipIfLacking } from "../support/skip";
import { AGNHOST, importAgnhost } from "./suite/agnhost";
import { removeImage } from "./suite/nodeImages";
import { ExampleStack } from "./support/exampleStack";
import type { Change, Run } from "./support/stack";
import { clusterOrSkip } from "./support/tier";
import { letTimePass } from "./support/time";
import { changed } from "./support/changed";

/** 5 Hz. */
const OFTEN = 200;
const ENFORCED = "enforced";

/** What a renewal of the serving certificate changes: not the configuration that the API server calls by. */
const LEAF = ["replace certificate-certificate", "replace secret-tls", "update deployment"];

describe("what the API server calls beside metrics-server, by the examples' own programs, with the real engine", function () {
    let cluster: Cluster;
    let api: Api;

    before(async function () {
        skipIfLacking(this, goVersion() === undefined ? ["`go` is not on PATH"] : []);
        cluster = await clusterOrSkip(this);
        await importAgnhost(cluster);
        api = new Api(await adminCredential(cluster));
    });

    after(async () => {
        if ((api as Api | undefined) === undefined) return;
        api.close();
        await removeImage(cluster, AGNHOST);
    });

    function apply(object: object): Promise<string> {
        return cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(object) });
    }

    function names(changes: Change[], ...ops: string[]): string[] {
        return changes.filter(({ op }) => ops.includes(op)).map(({ name }) => name);
    }

    /** A run that works, and a second one that has nothing to do. */
    async function works(stack: ExampleStack): Promise<Run> {
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual((await stack.preview()).changes, []);
        return run;
    }

    /** Something with a client that asks all the while: no request failed. */
    async function underRequests<T>(question: Question, act: () => Promise<T>): Promise<T> {
        const stop = await askAgain(cluster, question, OFTEN);
        const result = await act();
        const { total, failures } = stop();
        assert.deepEqual(failures, []);
        assert.ok(total > 20, `only ${total} requests`);
        return result;
    }

    async function secretsIn(namespace: string): Promise<string[]> {
        const get = ["get", "secrets", "-n", namespace, "-o", "name"];
        return (await cluster.kubectl(get)).trim().split("\n").sort();
    }

    /** Renews the certificate with a client that asks all the while, and shows which Secret is there before and after. */
    async function renew(stack: ExampleStack, namespace: string, question: Question) {
        const before = await stack.output("secretName");
        assert.deepEqual(await secretsIn(namespace), [`secret/${before}`]);
        await letTimePass(stack, "certificate-certificate");
        const run = await underRequests(question, () => works(stack));
        assert.deepEqual(changed(run.changes), LEAF);
        const after = await stack.output("secretName");
        assert.notEqual(after, before);
        assert.deepEqual(await secretsIn(namespace), [`secret/${after}`]);
    }

    async function isGone(...words: string[]): Promise<void> {
        await until(`${words.join(" ")} to be gone`, BUDGETS.recovery, async () => {
            const left = await cluster.kubectl([
                "get",
                ...words,
                "--ignore-not-found",
                "-o",
                "name",
            ]);
            return left.trim() === "" ? found(undefined) : notYet(left);
        });
    }

    describe("examples/webhook", () => {
        const NAME = "configmap-policy";
        let stack: ExampleStack;

        before(async () => {
            stack = await ExampleStack.create(cluster, "webhook");
            await namespace(ENFORCED, NAME);
            await namespace("enforced-by-another", "another-policy");
        });

        after(async () => {
            await stack.clean();
            const rest = ["namespace", ENFORCED, "enforced-by-another"];
            await cluster.kubectl(["delete", "--ignore-not-found", ...rest]);
        });

        async function namespace(name: string, label: string): Promise<void> {
            const metadata = { name, labels: { [label]: "enforced" } };
            await apply({ apiVersion: "v1", kind: "Namespace", metadata });
        }

        /** What becomes of a ConfigMap, which is not kept. */
        function ask(data: Record<string, string>, where = ENFORCED): Promise<Answer> {
            const { method, path, body } = making(data, where);
            return api.send(method, path, body);
        }

        function making(data: Record<string, string>, where = ENFORCED): Question {
            return {
                method: "POST",
                path: `/api/v1/namespaces/${where}/configmaps?dryRun=All`,
                body: { metadata: { generateName: "asked-" }, data },
                isGood: ({ status }) => status === 201,
            };
        }

        const UNWANTED = { "webhook-e2e-test": "webhook-disallow" };
        const WANTED = { colour: "green" };
        const DENIED = /denied the request: the configmap contains unwanted key and value/;

        async function isEnforced(): Promise<void> {
            const denied = await ask(UNWANTED);
            assert.equal(denied.status, 400, JSON.stringify(denied.body));
            assert.match(JSON.stringify(denied.body), DENIED);
            assert.equal((await ask(WANTED)).status, 201);
        }

        /** A configuration of somebody else's that calls the same pods in another way. */
        async function another(clientConfig: object, expected: RegExp): Promise<void> {
            const webhook = {
                name: "another-policy.example.com",
                clientConfig,
                rules: [
                    {
                        apiGroups: [""],
                        apiVersions: ["v1"],
                        operations: ["CREATE"],
                        resources: ["configmaps"],
                    },
                ],
                namespaceSelector: { matchLabels: { "another-policy": "enforced" } },
                failurePolicy: "Fail",
                sideEffects: "None",
                admissionReviewVersions: ["v1"],
            };
            const kind = "ValidatingWebhookConfiguration";
            await apply({
                apiVersion: "admissionregistration.k8s.io/v1",
                kind,
                metadata: { name: "another-policy" },
                webhooks: [webhook],
            });
            try {
                await until("the other configuration", BUDGETS.recovery, async () => {
                    const { body } = await ask(UNWANTED, "enforced-by-another");
                    const text = JSON.stringify(body);
                    return expected.test(text) ? found(undefined) : notYet(text);
                });
            } finally {
                await cluster.kubectl(["delete", kind, "another-policy"]);
            }
        }

        it("comes up with its configuration last, and denies and allows as its program does", async () => {
            const run = await works(stack);
            assert.equal(names(run.changes, "create").at(-1), "webhook");
            await isEnforced();
            assert.equal((await ask(UNWANTED, "default")).status, 201, "nobody asked for it there");
        });

        it("has its key in the state only as a ciphertext", async () => {
            const [secret = ""] = await secretsIn(NAME);
            const key = await cluster.kubectl([
                ...["get", secret, "-n", NAME],
                ...["-o", "jsonpath={.data.tls\\.key}"],
            ]);
            assert.ok(key.length > 100, "no key in the Secret");
            assert.ok(!stack.stateText().includes(key));
        });

        it("is verified: with the CA of somebody else the API server refuses its answer", async () => {
            const stranger = certificate({ subject: "/CN=stranger", ca: true });
            const caBundle = Buffer.from(stranger.certificate).toString("base64");
            await another(
                { service: { name: NAME, namespace: NAME, path: "/configmaps" }, caBundle },
                /x509: certificate signed by unknown authority/,
            );
        });

        it("renews its certificate inside the window without a failed request", () =>
            renew(stack, NAME, making(WANTED)));

        it("gets an address into its certificate without a failed request, and is verified by it", async () => {
            const address = await cluster.kubectl([
                ...["get", "service", "-n", NAME, NAME],
                ...["-o", "jsonpath={.spec.clusterIP}"],
            ]);
            const url = `https://${address.includes(":") ? `[${address}]` : address}/configmaps`;
            const caBundle = await stack.output("caBundle");
            await another({ url, caBundle }, /x509: cannot validate certificate for/);
            await stack.set("addresses", JSON.stringify([address]));
            const run = await underRequests(making(WANTED), () => works(stack));
            assert.deepEqual(changed(run.changes), [
                ...LEAF.slice(0, 1),
                "replace certificate-request",
                ...LEAF.slice(1),
            ]);
            await another({ url, caBundle }, DENIED);
        });

        it("goes with its configuration first: no ConfigMap is held up for a moment", async () => {
            await isEnforced();
            const run = await underRequests(making(WANTED), () => stack.destroy());
            assert.equal(run.error, undefined, run.error);
            const order = names(run.changes, "delete");
            assert.equal(order[0], "webhook");
            assert.ok(order.indexOf("deployment") < order.indexOf("service"), order.join());
            assert.equal((await ask(UNWANTED)).status, 201);
        });

        it("leaves nothing", async () => {
            await isGone("validatingwebhookconfiguration");
            await isGone("namespace", NAME);
        });
    });

    describe("examples/second-api-service", () => {
        const NAME = "external-metrics";
        const API_SERVICE = "v1beta1.external.metrics.k8s.io";
        const METRIC: Question = {
            method: "GET",
            path: "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/queue_messages_ready",
            isGood: ({ status, body }) =>
                status === 200 && /"value":"100"/.test(JSON.stringify(body)),
        };
        let stack: ExampleStack;

        before(async () => {
            stack = await ExampleStack.create(cluster, "second-api-service");
        });

        after(async () => {
            await stack.clean();
        });

        it("comes up with its APIService last, and answers through the API server", async () => {
            const run = await works(stack);
            assert.equal(names(run.changes, "create").at(-1), "api-service");
            await until("the metric", BUDGETS.recovery, async () => {
                const answer = await api.send(METRIC.method, METRIC.path);
                return METRIC.isGood(answer) ? found(undefined) : notYet(JSON.stringify(answer));
            });
        });

        it("renews its certificate inside the window without a failed request", () =>
            renew(stack, NAME, METRIC));

        it("goes with its APIService first, and leaves nothing", async () => {
            const run = await stack.destroy();
            assert.equal(run.error, undefined, run.error);
            assert.equal(names(run.changes, "delete")[0], "api-service");
            await isGone("apiservice", API_SERVICE);
            await isGone("namespace", NAME);
        });
    });

    describe("examples/crd-conversion", () => {
        const NAME = "endpoint-conversion";
        const DEFINITION = "endpoints.stable.example.com";
        const OBJECT = "namespaces/default/endpoints/converted";
        const CONVERTED: Question = {
            method: "GET",
            path: `/apis/stable.example.com/v2/${OBJECT}`,
            isGood: ({ status, body }) =>
                status === 200 && /"host":"localhost",.*"port":"7070"/.test(JSON.stringify(body)),
        };
        let stack: ExampleStack;

        before(async () => {
            stack = await ExampleStack.create(cluster, "crd-conversion");
        });

        after(async () => {
            await stack.clean();
        });

        it("comes up with its definition last, and converts what is stored", async () => {
            const run = await works(stack);
            assert.equal(names(run.changes, "create").at(-1), "definition");
            await apply({
                apiVersion: "stable.example.com/v1",
                kind: "Endpoint",
                metadata: { name: "converted", namespace: "default" },
                hostPort: "localhost:7070",
            });
            const answer = await api.send(CONVERTED.method, CONVERTED.path);
            assert.ok(CONVERTED.isGood(answer), JSON.stringify(answer));
        });

        it("renews its certificate inside the window without a failed request", () =>
            renew(stack, NAME, CONVERTED));

        it("goes with its definition first, while its converter still answers, and leaves nothing", async () => {
            const run = await stack.destroy();
            assert.equal(run.error, undefined, run.error);
            assert.equal(names(run.changes, "delete")[0], "definition");
            await isGone("crd", DEFINITION);
            await isGone("namespace", NAME);
        });
    });
});
