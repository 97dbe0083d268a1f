import { readFileSync } from "node:fs";
import { join } from "node:path";
import { VERSIONS } from "../versions";
import { longStep } from "../host/longStep";
import { goEnvironment } from "./goEnvironment";
import { goPrograms } from "./goProgram";
import type { Part } from "./part";

const PAUSE_SOURCE = join(__dirname, "..", "pause", "main.go");
const VERSION_PACKAGE = "k8s.io/component-base/version";
const [major = "", minor = ""] = VERSIONS.kubernetes.split(".");

/** Everything that is built of Kubernetes itself. */
export const kubernetes = goPrograms(
    "kubernetes",
    {
        path: "k8s.io/kubernetes",
        version: `v${VERSIONS.kubernetes}`,
        programs: {
            kubelet: "cmd/kubelet",
            kubeadm: "cmd/kubeadm",
            kubectl: "cmd/kubectl",
            "kube-proxy": "cmd/kube-proxy",
            "kube-apiserver": "cmd/kube-apiserver",
            "kube-controller-manager": "cmd/kube-controller-manager",
            "kube-scheduler": "cmd/kube-scheduler",
        },
        variables: {
            [`${VERSION_PACKAGE}.gitVersion`]: `v${VERSIONS.kubernetes}`,
            [`${VERSION_PACKAGE}.gitMajor`]: major,
            [`${VERSION_PACKAGE}.gitMinor`]: minor,
            [`${VERSION_PACKAGE}.gitTreeState`]: "clean",
        },
    },
    { released: true },
);

/** The API server's database. */
export const etcd = goPrograms("etcd", {
    path: "go.etcd.io/etcd/server/v3",
    version: `v${VERSIONS.etcd}`,
    programs: { etcd: "." },
    variables: {},
});

/** What the tests install in the cluster. */
export const metricsServer = goPrograms("metrics-server", {
    path: "sigs.k8s.io/metrics-server",
    version: `v${VERSIONS.metricsServer}`,
    programs: { "metrics-server": "cmd/metrics-server" },
    variables: { "k8s.io/client-go/pkg/version.gitVersion": `v${VERSIONS.metricsServer}` },
});

/** What holds the namespaces of a pod. */
export const pause: Part = {
    name: `pause-${VERSIONS.pauseImage}`,
    recipe: [readFileSync(PAUSE_SOURCE, "utf8")],
    build: async (directory, log) => {
        const flags = ["-trimpath", "-ldflags", "-s -w", "-o", join(directory, "pause")];
        const options = { env: goEnvironment(), cwd: directory, log };
        await longStep("go", ["build", ...flags, PAUSE_SOURCE], options);
    },
};
