import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CONTAINERD, KUBERNETES, type KubernetesMinor, VERSIONS } from "../versions";
import { longStep } from "../host/longStep";
import { goEnvironment } from "./goEnvironment";
import { goPrograms } from "./goProgram";
import type { Part } from "./part";

const PAUSE_SOURCE = join(__dirname, "..", "pause", "main.go");
const VERSION_PACKAGE = "k8s.io/component-base/version";

/** Everything that is built of Kubernetes itself. */
export function kubernetes(minor: KubernetesMinor): Part {
    const { version } = KUBERNETES[minor];
    const [majorNumber = "", minorNumber = ""] = version.split(".");
    const module = {
        path: "k8s.io/kubernetes",
        version: `v${version}`,
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
            [`${VERSION_PACKAGE}.gitVersion`]: `v${version}`,
            [`${VERSION_PACKAGE}.gitMajor`]: majorNumber,
            [`${VERSION_PACKAGE}.gitMinor`]: minorNumber,
            [`${VERSION_PACKAGE}.gitTreeState`]: "clean",
        },
    };
    return goPrograms("kubernetes", module, { released: true });
}

/** The API server's database. */
export function etcd(minor: KubernetesMinor): Part {
    const module = {
        path: "go.etcd.io/etcd/server/v3",
        version: `v${KUBERNETES[minor].etcd}`,
        programs: { etcd: "." },
        variables: {},
    };
    return goPrograms("etcd", module);
}

/** What the tests install in the cluster. */
export const metricsServer = goPrograms("metrics-server", {
    path: "sigs.k8s.io/metrics-server",
    version: `v${VERSIONS.metricsServer}`,
    programs: { "metrics-server": "cmd/metrics-server" },
    variables: { "k8s.io/client-go/pkg/version.gitVersion": `v${VERSIONS.metricsServer}` },
});

/** containerd 2, as a layer over the root file system, where Debian has an older one. */
export const containerd = goPrograms("containerd", {
    path: "github.com/containerd/containerd/v2",
    version: `v${CONTAINERD[2]}`,
    programs: {
        containerd: "cmd/containerd",
        ctr: "cmd/ctr",
        "containerd-shim-runc-v2": "cmd/containerd-shim-runc-v2",
    },
    variables: {
        "github.com/containerd/containerd/v2/version.Version": `v${CONTAINERD[2]}`,
    },
    folder: "usr/bin",
});

/** What holds the namespaces of a pod, by the tag of its image. */
export function pause(minor: KubernetesMinor): Part {
    return {
        name: `pause-${KUBERNETES[minor].pauseImage}`,
        recipe: [readFileSync(PAUSE_SOURCE, "utf8")],
        build: async (directory, log) => {
            const flags = ["-trimpath", "-ldflags", "-s -w", "-o", join(directory, "pause")];
            const options = { env: goEnvironment(), cwd: directory, log };
            await longStep("go", ["build", ...flags, PAUSE_SOURCE], options);
        },
    };
}
