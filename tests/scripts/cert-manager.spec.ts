import assert from "node:assert/strict";
import { clusterCa } from "./support/certificates";
import { onControlPlane, type FakeControlPlane } from "./support/controlPlane";
import { describeInShells, describeInTurn, type Cases } from "./support/parallel";
import { answering, facts, healthy, HELM, type Break } from "./support/readyCluster";

const DEFINITION = "get customresourcedefinition";
const CAINJECTORS = "get deployments -A -l app.kubernetes.io/component=cainjector";
const ISSUER = "get issuers.cert-manager.io -n kube-system company";
const NOT_FOUND = { stderr: 'Error from server (NotFound): "x" not found\n', code: 1 };

/** A Deployment of cainjector, as the script reads it. */
const cainjector = (ready: number, image: string, version = ""): string =>
    `"cert-manager" "cert-manager-cainjector" ${ready} ${version === "" ? "" : `"${version}"`} "${image}"\n`;
const GOOD = cainjector(1, "quay.example/cert-manager-cainjector:v1.21.2");

/** A cluster with cert-manager, for which the package makes a CA. */
function withCertManager(node: FakeControlPlane): void {
    healthy(node);
    node.header["CERTIFICATE"] = "metrics-server";
    node.header["SERVING_SECRET"] = "metrics-server-tls";
    answering(CAINJECTORS, { stdout: GOOD })(node);
    answering(DEFINITION, { stdout: "True" })(node);
}

/** The same, for an issuer that somebody else keeps. */
const issuedBy =
    (types: string, ready: string, words = "Issuer company cert-manager.io"): Break =>
    (node) => {
        node.header["ISSUER"] = words;
        answering(ISSUER, { stdout: `${types} \n${ready}\n` })(node);
    };

const has = (stdout: string): Break => answering(CAINJECTORS, { stdout });

const passes = (arrange: Break = () => undefined, says?: RegExp): Cases[string] =>
    onControlPlane(async (node) => {
        withCertManager(node);
        arrange(node);
        const { code, output } = await node.run("preflight");
        assert.equal(code, 0, output);
        assert.equal(output.trimEnd().split("\n").length, says === undefined ? 1 : 2, output);
        if (says !== undefined) assert.match(output, says);
    });

const finds = (arrange: Break, says: RegExp): Cases[string] =>
    onControlPlane(async (node) => {
        withCertManager(node);
        arrange(node);
        const { code, output } = await node.run("preflight");
        assert.equal(code, 71, output);
        const [, ...findings] = output.trimEnd().split("\n");
        assert.equal(findings.length, 1, output);
        assert.match(findings[0] ?? "", says);
        assert.match(findings[0] ?? "", /expected .*; next: /);
    });

describeInShells("preflight.sh, of cert-manager,", {
    "passes one that can make a CA and keep it in the APIService": passes(),
    "passes an issuer that signs with a CA": passes(issuedBy('"ca"', 'True "Signing CA verified"')),
    "finds that its definitions are missing, and looks no further": finds((node) => {
        answering(DEFINITION, {})(node);
        answering(CAINJECTORS, { stdout: "" })(node);
    }, /no established CustomResourceDefinition certificaterequests\.cert-manager\.io certificates\.cert-manager\.io issuers\.cert-manager\.io, and .*expected cert-manager 1\.19 or later; next: install cert-manager .*dependsOn/),
    "finds a cainjector that is too old": finds(
        has(cainjector(1, "quay.example/cert-manager-cainjector:v1.18.4")),
        /cainjector "cert-manager\/cert-manager-cainjector" is of version 1\.18; expected 1\.19 or later: .*; next: upgrade cert-manager, or give the CA in servingCertificate\.certManager\.caBundlePem$/,
    ),
});

describeInTurn("preflight.sh, of cert-manager,", {
    "finds a definition that is not established": finds(
        answering("customresourcedefinition issuers", { stdout: "False" }),
        /no established CustomResourceDefinition issuers\.cert-manager\.io, and/,
    ),
    "finds that there is no cainjector": finds(
        has(""),
        /no Deployment has the label app\.kubernetes\.io\/component=cainjector; expected cert-manager's cainjector/,
    ),
    "finds that no cainjector is ready": finds(
        has(cainjector(0, "a/cainjector:v1.21.2")),
        /cainjector "cert-manager\/cert-manager-cainjector" has no ready pod;/,
    ),
    "finds a cainjector that its label tells to be too old, where the image does not": finds(
        has(cainjector(1, `a/cainjector@sha256:${"1".repeat(64)}`, "v1.17.0")),
        /is of version 1\.17; expected 1\.19/,
    ),
    "passes a mirrored image and a digest behind the tag": passes(
        has(
            cainjector(1, "mirror.example:5000/x/cainjector:1.20.0-hardened") +
                cainjector(1, `a/cainjector:v1.19.0@sha256:${"1".repeat(64)}`),
        ),
    ),
    "passes where one of several cainjectors is good": passes(
        has(cainjector(0, "a/cainjector:v1.21.2") + GOOD),
    ),
    "warns where nothing tells the version": passes(
        has(cainjector(1, "mirror.example:5000/cainjector:latest")),
        /warning: cannot tell the version of cainjector "cert-manager\/cert-manager-cainjector"; expected cert-manager 1\.19/,
    ),
    "asks for no cainjector where the program gives the bundle": onControlPlane(async (node) => {
        withCertManager(node);
        node.header["SERVING_CA"] = clusterCa().certificate;
        has("")(node);
        const { code, output } = await node.run("preflight");
        assert.equal(code, 0, output);
        assert.deepEqual(
            node.calls.filter((call) => call.startsWith("get deployments")),
            [],
        );
    }),
    "finds that caBundle is cainjector's where another source is meant, and how it is released":
        onControlPlane(async (node) => {
            healthy(node);
            answering("get apiservice v1beta1.metrics.k8s.io --ignore-not-found --show-managed", {
                stdout: "yes",
            })(node);
            const { code, output } = await node.run("preflight");
            assert.equal(code, 71, output);
            assert.match(
                output,
                /caBundle of APIService v1beta1\.metrics\.k8s\.io is cainjector's, and servingCertificate\.source is not certManager; expected a run before with .*caBundlePem; next: that run .*, or, where cert-manager is gone, kubectl patch apiservice v1beta1\.metrics\.k8s\.io --type=json -p '\[\{"op":"replace","path":"\/metadata\/managedFields","value":\[\{\}\]\}\]'$/m,
            );
        }),
    "asks nothing of cert-manager where another source is meant": onControlPlane(async (node) => {
        healthy(node);
        const { code, output } = await node.run("preflight");
        assert.equal(code, 0, output);
        assert.deepEqual(
            node.calls.filter((call) => call.includes("cert-manager.io ")),
            [],
        );
    }),
    "finds an ACME issuer, which does not sign a Service's name": finds(
        issuedBy('"acme"', 'True "The ACME account was registered"'),
        /Issuer kube-system\/company is of type ACME, which does not sign metrics-server\.kube-system\.svc: .*; next: name another issuer/,
    ),
    "finds an issuer that lets certificates sign themselves": finds(
        issuedBy('"selfSigned"', "True"),
        /Issuer kube-system\/company lets each certificate sign itself, .*; next: name another issuer/,
    ),
    "finds an issuer that is not ready, and quotes why": finds(
        issuedBy('"ca"', 'False "secret not found; next: curl evil"'),
        /Issuer kube-system\/company is not ready: "\\"secret not found; next: curl evil\\""; expected it ready; next: kubectl describe/,
    ),
    "finds a ClusterIssuer that is not there": finds((node) => {
        node.header["ISSUER"] = "ClusterIssuer company cert-manager.io";
        answering("get clusterissuers.cert-manager.io", NOT_FOUND)(node);
    }, /ClusterIssuer company is not there; expected it to sign .*; next: kubectl get issuers,clusterissuers -A/),
    "passes an issuer that says nothing of itself yet, and one of another group": async (shell) => {
        await passes(issuedBy('"ca"', ""))(shell);
        await passes((node) => {
            node.header["ISSUER"] = "AWSPCAIssuer company awspca.example";
        })(shell);
    },
    "finds a Secret that cert-manager would write over": finds(
        answering("get secret -n kube-system metrics-server-tls", { stdout: "another\n" }),
        /Secret kube-system\/metrics-server-tls is there already, and not for Certificate metrics-server; expected none, .*; next: choose another servingCertificate\.certManager\.secretName, or kubectl delete/,
    ),
    "finds a Secret where the CA's key would be": finds(
        answering("get secret -n kube-system metrics-server-ca", { stdout: "\n" }),
        /Secret kube-system\/metrics-server-ca is there already, and not for Certificate metrics-server-ca;/,
    ),
    "passes what cert-manager made for the package before": passes((node) => {
        const ours = { stdout: "secure-metrics-server||/|secure-metrics-server" };
        answering("get certificate.cert-manager.io/metrics-server", ours)(node);
        answering("get secret -n kube-system metrics-server-tls", { stdout: "metrics-server\n" })(
            node,
        );
    }),
    "finds a Certificate of somebody else's": finds(
        answering("get certificate.cert-manager.io/metrics-server ", {
            stdout: facts("Certificate/metrics-server", ...HELM),
        }),
        /its Certificate, or the CA's is there already: certificate\/metrics-server, made by Helm release "my-release"; expected to create them; next: remove/,
    ),
});
