import assert from "node:assert/strict";
import { complete } from "../options";
import type { NodeRecord } from "../state";
import { type ControlPlane, controlPlaneFiles, controlPlaneUnits } from "./controlPlane";
import { kubeconfig } from "./kubeconfig";
import type { Pair } from "./certificates";
import { unitText } from "./unit";
import { kubeletConfig, WORKER_UNITS } from "./worker";

const pair = (name: string): Pair => ({ certificate: `${name} CERT`, key: `${name} KEY` });
const host = (number: number): NodeRecord => {
    const [name, ip] = [`cp${number}`, `10.0.0.${10 + number}`];
    const known = { name, nodeName: name, number: 10 + number, ip, ips: [ip] };
    return { ...known, role: "controlPlane", hostKey: "ssh-ed25519 A" };
};
const [first, second] = [host(1), host(2)];
const options = complete({ hardWay: "ca" });

function plane(own: Partial<ControlPlane> = {}): ControlPlane {
    return {
        ...{ host: first, etcdHost: first, isAlone: true, options },
        pki: {
            ca: pair("ca"),
            admin: pair("admin"),
            "kube-proxy": pair("proxy"),
            "service-accounts": pair("accounts"),
        },
        ...{ apiServer: pair("api"), scheduler: pair("s"), controllerManager: pair("c") },
        ...own,
    };
}

const flagsOf = (own: Partial<ControlPlane>, unit: string): Readonly<Record<string, string>> =>
    controlPlaneUnits(plane(own))[unit]?.flags ?? {};

const pathsOf = (own: Partial<ControlPlane>): string[] =>
    controlPlaneFiles(plane(own)).map(({ path }) => path);

describe("a cluster made the hard way", () => {
    it("has units of one ExecStart, a line for each flag, without variables", () => {
        const text = unitText({
            description: "An API",
            program: "/usr/local/bin/api",
            flags: { a: "1", b: "/x" },
            requires: "db.service",
            notifies: true,
        });
        assert.equal(
            text,
            [
                "[Unit]\nDescription=An API\nAfter=db.service\nRequires=db.service\n",
                "[Service]\nType=notify\nExecStart=/usr/local/bin/api \\\n  --a=1 \\\n  --b=/x",
                "Restart=on-failure\nRestartSec=5\n\n[Install]\nWantedBy=multi-user.target\n",
            ].join("\n"),
        );
    });

    it("has an API server without the aggregation layer", () => {
        const flags = Object.keys(flagsOf({}, "kube-apiserver.service"));
        assert.ok(flags.includes("client-ca-file"));
        assert.deepEqual(
            flags.filter((flag) => /requestheader|proxy|aggregat/.test(flag)),
            [],
        );
    });

    it("verifies kubelets only where they serve certificates of the CA", () => {
        const flag = "kubelet-certificate-authority";
        assert.equal(flagsOf({}, "kube-apiserver.service")[flag], "/var/lib/kubernetes/ca.crt");
        const selfSigned = { options: complete({ hardWay: "self-signed" }) };
        assert.equal(flagsOf(selfSigned, "kube-apiserver.service")[flag], undefined);
        assert.match(kubeletConfig(options), /^tlsCertFile: .*\ntlsPrivateKeyFile: /m);
        assert.doesNotMatch(kubeletConfig(selfSigned.options), /tls/);
    });

    it("has no file of kubeadm's, and no kubelet on the control plane", () => {
        const paths = pathsOf({});
        assert.ok(paths.includes("/root/admin.kubeconfig"));
        const kubeadms = /kubelet|kube-proxy|^\/etc\/kubernetes\/(pki|manifests|[a-z-]+\.conf)/;
        assert.deepEqual(
            paths.filter((path) => kubeadms.test(path)),
            [],
        );
        assert.deepEqual(WORKER_UNITS["kubelet.service"]?.flags, {
            config: "/var/lib/kubelet/kubelet-config.yaml",
            kubeconfig: "/var/lib/kubelet/kubeconfig",
            v: "2",
        });
    });

    it("lets nobody but root read a key or a kubeconfig", () => {
        for (const { path, isSecret } of controlPlaneFiles(plane())) {
            assert.equal(isSecret === true, /\.(key|kubeconfig)$/.test(path), path);
        }
    });

    it("has etcd on the first host only, which others reach with a certificate", () => {
        const alone = flagsOf({}, "etcd.service");
        assert.equal(alone["listen-client-urls"], "http://127.0.0.1:2379");
        assert.equal(alone["client-cert-auth"], undefined);
        const shared = flagsOf({ isAlone: false }, "etcd.service");
        assert.equal(shared["listen-client-urls"], "http://127.0.0.1:2379,https://10.0.0.11:2379");
        assert.equal(shared["client-cert-auth"], "true");
        const other = { host: second, isAlone: false };
        assert.equal(controlPlaneUnits(plane(other))["etcd.service"], undefined);
        const api = flagsOf(other, "kube-apiserver.service");
        assert.equal(api["etcd-servers"], "https://10.0.0.11:2379");
        assert.equal(api["etcd-certfile"], "/var/lib/kubernetes/kube-api-server.crt");
        // Tokens of one server are good at the other.
        assert.equal(
            api["service-account-issuer"],
            flagsOf({}, "kube-apiserver.service")["service-account-issuer"],
        );
    });

    it("is refused in a shape that it cannot have", () => {
        for (const other of [
            { ipFamily: "dual" },
            { nodeNames: "other" },
            { firstAddress: "Hostname" },
            { serverTLSBootstrap: true },
        ] as const) {
            assert.throws(() => complete({ hardWay: "ca", ...other }), /hard way|hardWay/);
        }
        assert.throws(() => complete({ hardWay: "easy" as "ca" }), /hardWay must be one of ca/);
    });

    it("has kubeconfig files whose lines tools can read", () => {
        const text = kubeconfig("https://10.0.0.11:6443", "CA", "admin", pair("admin"));
        const value = (key: string): string =>
            Buffer.from(
                new RegExp(`^ +${key}: (\\S+)$`, "m").exec(text)?.[1] ?? "",
                "base64",
            ).toString();
        assert.equal(value("certificate-authority-data"), "CA");
        assert.equal(value("client-certificate-data"), "admin CERT");
        assert.equal(value("client-key-data"), "admin KEY");
        assert.match(text, /^ {4}server: https:\/\/10\.0\.0\.11:6443$/m);
    });
});
