import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { MetricsServer, SecureMetricsServer, type MetricsServerSettingsArgs } from "../../index";
import { metricsServerProblems } from "../../components/metrics-server/metricsServerProblems";
import { certificate as caOf, EXPIRED } from "../support/caCertificates";
import { KUBELET_CA, SERVING, SERVING_CA, SERVING_KEY } from "./support/certificates";
import { header, named } from "./support/find";
import { METRICS_SERVER, NODES, SSH } from "./support/fixtures";
import { toldLate } from "./support/late";
import { containerOf, metricsServerWith, podOf } from "./support/metricsServer";
import { record, unknown } from "./support/mocks";
import type { Plain } from "./support/recorded";

const NAMES = ["front-proxy-client"];
const FOLDER = "/etc/metrics-server/authentication";
const BELIEVED = "so metrics-server would believe every certificate of that CA";
const EXPECTED =
    "expected the common names of the API servers' proxy certificates, on kubeadm front-proxy-client";

const problems = (requestHeader: object, more: MetricsServerSettingsArgs = {}): string[] =>
    metricsServerProblems({
        requestHeader: { clientCa: SERVING_CA, allowedNames: NAMES, ...requestHeader },
        ...more,
    });

function flagsOf(resources: Parameters<typeof containerOf>[0]): string[] {
    const args = containerOf(resources)["args"] as string[];
    return args.filter((flag) => /requestheader|client-ca/.test(flag));
}

describe("whom metrics-server believes who asks", () => {
    it("is read in the cluster unless the program says it", async () => {
        const all = await metricsServerWith({});
        assert.deepEqual(flagsOf(all), []);
        assert.ok(!all.some(({ name }) => name === "m-authentication"));
    });

    it("is rendered as all flags that replace what is read, with the files in an immutable ConfigMap", async () => {
        const all = await metricsServerWith({
            requestHeader: { clientCa: SERVING_CA, allowedNames: ["a", "b"] },
            clientCa: KUBELET_CA,
        });
        assert.deepEqual(flagsOf(all), [
            `--client-ca-file=${FOLDER}/client-ca.crt`,
            `--requestheader-client-ca-file=${FOLDER}/request-header-ca.crt`,
            "--requestheader-allowed-names=a,b",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        ]);
        const { data, immutable } = named(all, "m-authentication").inputs;
        assert.equal(immutable, true);
        assert.deepEqual(data, {
            "request-header-ca.crt": SERVING_CA,
            "client-ca.crt": KUBELET_CA,
        });
        assert.deepEqual((podOf(all)["volumes"] as Plain[]).at(-1), {
            name: "authentication",
            configMap: { name: "m-authentication-0a1b2c3d" },
        });
        assert.deepEqual((containerOf(all)["volumeMounts"] as Plain[]).at(-1), {
            name: "authentication",
            mountPath: FOLDER,
            readOnly: true,
        });
    });

    it("may be one of the two, with other headers", async () => {
        const header = {
            clientCa: SERVING_CA,
            allowedNames: NAMES,
            usernameHeaders: ["X-User", "X-Name"],
            groupHeaders: ["X-Group"],
            extraHeaderPrefixes: ["X-More-"],
        };
        assert.deepEqual(flagsOf(await metricsServerWith({ requestHeader: header })).slice(2), [
            "--requestheader-username-headers=X-User,X-Name",
            "--requestheader-group-headers=X-Group",
            "--requestheader-extra-headers-prefix=X-More-",
        ]);
        assert.deepEqual(flagsOf(await metricsServerWith({ clientCa: KUBELET_CA })), [
            `--client-ca-file=${FOLDER}/client-ca.crt`,
        ]);
    });

    it("is compared with the cluster by the preflight, before the first change", async () => {
        const requestHeader = { clientCa: SERVING_CA, allowedNames: ["a", "b"] };
        const { resources } = await record(
            () =>
                new SecureMetricsServer("m", {
                    nodes: NODES,
                    ssh: SSH,
                    metricsServer: { requestHeader },
                }),
        );
        const told = header(named(resources, "m-preflight"));
        assert.equal(told["REQUEST_HEADER_CA"], SERVING_CA);
        assert.equal(told["REQUEST_HEADER_NAMES"], "a b");
    });
});

describe("whom metrics-server is to believe is refused", () => {
    it("without names, and with an empty one: it would take them for any name", () => {
        assert.deepEqual(problems({ allowedNames: [] }), [
            `requestHeader.allowedNames is empty, ${BELIEVED}; ${EXPECTED}`,
        ]);
        for (const name of ["", " "]) {
            assert.deepEqual(problems({ allowedNames: ["a", name] }), [
                `requestHeader.allowedNames has an empty name, ${BELIEVED}; ${EXPECTED}`,
            ]);
        }
    });

    it("with a name that the flag would take apart", () => {
        for (const name of ["a,b", 'a"b', "a b"]) {
            assert.deepEqual(problems({ allowedNames: [name] }), [
                `requestHeader.allowedNames has "${name}"; expected one name in each entry, without commas, quotes and spaces`,
            ]);
        }
    });

    it("with headers that are none", () => {
        assert.deepEqual(problems({ usernameHeaders: [] }), [
            "requestHeader.usernameHeaders is empty; expected a header's name such as X-Remote-User, or no argument",
        ]);
        assert.deepEqual(problems({ groupHeaders: ["X-Group", "X,Y"] }), [
            'requestHeader.groupHeaders has "X,Y"; expected a header\'s name: letters, digits and hyphens',
        ]);
        assert.deepEqual(problems({ extraHeaderPrefixes: ["X_"] }).length, 1);
    });

    it("with what is no CA certificate, has ended, or has a private key in it", () => {
        assert.match(problems({ clientCa: "x" })[0] ?? "", /^requestHeader\.clientCa has no PEM/);
        assert.match(
            problems({ clientCa: SERVING })[0] ?? "",
            /^requestHeader\.clientCa: certificate 1 .* is no CA certificate; expected the CA that signed the API servers' proxy certificates, on kubeadm \/etc\/kubernetes\/pki\/front-proxy-ca\.crt; next: /,
        );
        assert.match(
            problems({ clientCa: EXPIRED })[0] ?? "",
            /^requestHeader\.clientCa has no certificate that is valid now: .*; next: copy it again/,
        );
        assert.match(
            problems({ clientCa: SERVING_CA + SERVING_KEY })[0] ?? "",
            /^requestHeader\.clientCa has a private key; expected certificates only/,
        );
        assert.match(metricsServerProblems({ clientCa: "x" })[0] ?? "", /^clientCa has no PEM/);
        assert.match(
            metricsServerProblems({ clientCa: KUBELET_CA + SERVING_KEY })[0] ?? "",
            /^clientCa has a private key/,
        );
    });

    it("with a CA that signs other certificates, too: whoever has one could speak for anybody", () => {
        const says = (at: string): string =>
            `requestHeader.clientCa has the CA CN=kubernetes, and ${at} has it, too, or one that it has signed: whoever has a certificate of it could speak for anybody; expected a CA that signs proxy certificates only; next: give the API servers a proxy certificate of a CA of its own`;
        const clientCa = KUBELET_CA;
        assert.deepEqual(problems({ clientCa }, { clientCa: caOf(10) + KUBELET_CA }), [
            says("clientCa"),
        ]);
        assert.deepEqual(problems({ clientCa }, { kubeletCa: KUBELET_CA }), [says("kubeletCa")]);
        assert.deepEqual(problems({}, { clientCa: KUBELET_CA, kubeletCa: KUBELET_CA }), []);
    });

    it("late, when a CA is known late, and then nothing is made from it", async () => {
        const program = (): unknown =>
            new MetricsServer("m", {
                ...METRICS_SERVER,
                requestHeader: { clientCa: pulumi.output(KUBELET_CA), allowedNames: NAMES },
                clientCa: KUBELET_CA,
            });
        const { errors, resources } = await toldLate(program);
        assert.deepEqual(errors.length, 1, errors.join("\n"));
        assert.match(
            errors[0] ?? "",
            /requestHeader\.clientCa has the CA CN=kubernetes, and clientCa has it/,
        );
        assert.ok(!resources.some(({ name }) => name === "m-authentication"));
    });

    it("not while a preview does not know it", () => {
        assert.deepEqual(problems({ clientCa: unknown<string>() }, { clientCa: KUBELET_CA }), []);
    });
});
