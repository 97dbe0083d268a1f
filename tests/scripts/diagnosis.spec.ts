import assert from "node:assert/strict";
import { onControlPlane, type Answer } from "./support/controlPlane";
import { describeInShells, describeInTurn, type Cases } from "./support/parallel";
import { FIGURES, PROXY, silent, STAMPS, UNAVAILABLE } from "./support/silentApi";

const api = (more: Record<string, Answer>, says: RegExp): Cases[string] =>
    onControlPlane(async (node) => {
        silent(node, more);
        const { code, output } = await node.run("metrics");
        assert.equal(code, 71, output);
        const errors = output.split("\n").filter((line) => line.includes("error: the API server"));
        assert.equal(errors.length, 1, output);
        assert.match(errors[0] ?? "", says);
        assert.match(output, /next: .*\n(.*\n)*.*expected every node in \/apis.* within 0 s\n$/);
    });

/** As kubectl 1.35 and the ones before it print a request and its answer. */
const proxyOf = (cause: string): Record<string, Answer>[] => [
    {
        [PROXY]: {
            stderr: `I1122 04:00:00.000001 1 round_trippers.go:469] Request Headers:\nI1122 04:00:00.000002 1 round_trippers.go:473]     Authorization: Bearer a-secret\nI1122 04:00:00.000003 1 request.go:1212] Response Body: error trying to reach service: ${cause}\nI1122 04:00:00.000004 1 helpers.go:246] server response object: [{"message": "error trying to reach service: ${cause}"}]\n`,
            code: 1,
        },
    },
    {
        [PROXY]: {
            stderr: `I1122 04:00:00.000003 1 type.go:165] "Response Body" body="error trying to reach service: ${cause}" token="a-secret"\n`,
            code: 1,
        },
    },
];

const available = (text: string): Record<string, Answer> => ({
    "get apiservice": { stdout: text },
});

const proxy =
    (cause: string, says: RegExp): Cases[string] =>
    async (shell) => {
        for (const answer of proxyOf(cause)) await api(answer, says)(shell);
    };

describeInTurn("diagnosis.sh says of the API server's way to metrics-server", {
    "that its certificate is not accepted, in the proxy's words": proxy(
        "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        /: it does not accept metrics-server's certificate with the APIService's caBundle: "error trying to reach service: tls: failed to verify certificate: x509: certificate signed by unknown authority"; next: .*pulumi refresh, then pulumi up$/,
    ),
    "that pods refuse": proxy(
        "dial tcp 10.244.1.4:10250: connect: connection refused",
        /: it does not reach metrics-server's pods \(firewall.*connection refused"; next: .*nc -zv/,
    ),
    "that pods are out of reach": proxy(
        "dial tcp [fd00::401]:10250: i/o timeout",
        /: it does not reach metrics-server's pods .*i\/o timeout"; next: .*nc -zv/,
    ),
    "that a Service is not there": api(
        available('False ServiceNotFound: service/metrics-server in "kube-system" is not present'),
        /: the APIService names a Service that is not there: "False ServiceNotFound: .* is not present"; next: pulumi refresh/,
    ),
    "that no pod is ready": api(
        available("False MissingEndpoints: endpoints for service/metrics-server have no addresses"),
        /: no pod of metrics-server is ready: "False MissingEndpoints: .*"; next: kubectl describe pods -n kube-system -l k8s-app=metrics-server/,
    ),
    "that discovery fails for its certificate": api(
        available(
            "False FailedDiscoveryCheck: failing or missing response from https://10.244.1.4:10250/apis: x509: certificate signed by unknown authority",
        ),
        /: it does not accept metrics-server's certificate .*x509/,
    ),
    "that discovery is refused with 401": api(
        available(
            "False FailedDiscoveryCheck: failing or missing response from https://10.244.1.4:10250/apis: bad status from https://10.244.1.4:10250/apis: 401",
        ),
        /: metrics-server refuses it: .*: 401"; next: .*front-proxy-client\.crt$/,
    ),
    "that discovery runs out of time": api(
        available(
            'False FailedDiscoveryCheck: failing or missing response from https://[fd00::401]:10250/apis: Get "https://[fd00::401]:10250/apis": context deadline exceeded',
        ),
        /: it does not reach metrics-server's pods .*deadline exceeded"; next: .*nc -zv/,
    ),
    "that metrics-server does not know it, though the APIService is available": api(
        {
            [FIGURES]: {
                stderr: "error: You must be logged in to the server (Unauthorized)\n",
                code: 1,
            },
        },
        /: metrics-server refuses it: "error: You must be logged in .*"; next: .*auth-delegator/,
    ),
    "that metrics-server forbids it": api(
        { [FIGURES]: { stderr: "Error from server (Forbidden): nodes is forbidden\n", code: 1 } },
        /: metrics-server refuses it: "Error from server \(Forbidden\)/,
    ),
    "what the request said, when nobody else says why": api(
        available(""),
        /: the APIService is not available: "Error from server \(ServiceUnavailable\): .*"; next: kubectl get apiservice v1beta1\.metrics\.k8s\.io -o yaml/,
    ),
    "that the APIService is not there": api(
        {
            "get apiservice": {
                stderr: 'Error from server (NotFound): apiservices "v1beta1" not found\n',
                code: 1,
            },
        },
        /: the APIService is not available: "Error from server \(NotFound\)/,
    ),
    "that names which are listed cannot be read with their times": api(
        { [FIGURES]: { stdout: "{}" }, [STAMPS]: UNAVAILABLE },
        /: the APIService is not available: "Error from server \(ServiceUnavailable\)/,
    ),
});

describeInShells("checks/diagnosis.sh", {
    "has something to say when kubectl hangs and says nothing": api(
        { [FIGURES]: { hangs: true }, [PROXY]: { hangs: true }, "get apiservice": { hangs: true } },
        /: the APIService is not available: "no answer in time"; next: kubectl get apiservice/,
    ),
    "prints what others wrote in one line, without what a terminal would obey, and cut": api(
        available(`False \u001b[2J'"$(id)\`id\`%s%n\\n\u0000${"é".repeat(50_000)}\na-secret\n`),
        /: the APIService is not available: "False \?\[2J'\\"\$\(id\)`id`%s%n\\\\n\?*"; next: /,
    ),
});
