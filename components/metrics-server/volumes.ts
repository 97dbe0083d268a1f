import type { Input } from "@pulumi/pulumi";
import type { input } from "@pulumi/kubernetes/types";
import { isPlainPath, PLAIN_PATH } from "../shared/plainPath";
import { AUTHENTICATION_FOLDER } from "./authentication";
import type { ExtraVolumeArgs } from "./podArgs";

/** Where the serving certificate is mounted, as a folder, so that an update reaches the pod. */
export const TLS_FOLDER = "/etc/metrics-server/tls";
const KUBELET_CA_FOLDER = "/etc/metrics-server/kubelet-ca";
export const KUBELET_CA_FILE = `${KUBELET_CA_FOLDER}/ca.crt`;

/** What is mounted in the container. */
export interface VolumeSettings {
    /** Name of the Secret with the serving certificate. */
    secretName: Input<string>;
    /** Name of the ConfigMap with the kubelets' CA, where it is not the cluster's. */
    kubeletCaConfigMap: Input<string> | undefined;
    /** The file with the kubelets' CA on the node, where that is used. */
    kubeletCaHostPath: string | undefined;
    /** Name of the ConfigMap with the CAs that requests are judged by, where they are given. */
    authenticationConfigMap: Input<string> | undefined;
    extraVolumes: Record<string, ExtraVolumeArgs>;
}

/** A volume of the pod without its name, and where the container has it. */
interface Mount {
    name: string;
    source: Omit<input.core.v1.Volume, "name">;
    path: string;
    readOnly: boolean;
}

function mounts(settings: VolumeSettings): Mount[] {
    const { kubeletCaConfigMap, kubeletCaHostPath, authenticationConfigMap } = settings;
    const tls = { secret: { secretName: settings.secretName, defaultMode: 0o440 } };
    const all: Mount[] = [
        { name: "tmp-dir", source: { emptyDir: {} }, path: "/tmp", readOnly: false },
        { name: "tls", source: tls, path: TLS_FOLDER, readOnly: true },
    ];
    if (kubeletCaConfigMap !== undefined) {
        const source = { configMap: { name: kubeletCaConfigMap } };
        all.push({ name: "kubelet-ca", source, path: KUBELET_CA_FOLDER, readOnly: true });
    }
    if (kubeletCaHostPath !== undefined) {
        // One file, never its folder: the CA's key lies beside it.
        const source = { hostPath: { path: kubeletCaHostPath, type: "File" } };
        all.push({ name: "kubelet-ca", source, path: KUBELET_CA_FILE, readOnly: true });
    }
    if (authenticationConfigMap !== undefined) {
        const source = { configMap: { name: authenticationConfigMap } };
        all.push({ name: "authentication", source, path: AUTHENTICATION_FOLDER, readOnly: true });
    }
    return [...all, ...extraMounts(settings.extraVolumes)];
}

/** Sorted by name, whatever the order of the keys. */
function extraMounts(volumes: Record<string, ExtraVolumeArgs>): Mount[] {
    return Object.entries(volumes)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, volume]) => ({
            name,
            source: sourceOf(volume),
            path: volume.mountPath,
            readOnly: volume.configMap !== undefined || volume.secret !== undefined,
        }));
}

function sourceOf(volume: ExtraVolumeArgs): Omit<input.core.v1.Volume, "name"> {
    if (volume.configMap !== undefined) {
        return { configMap: { name: volume.configMap } };
    }
    if (volume.secret !== undefined) {
        return { secret: { secretName: volume.secret, defaultMode: 0o440 } };
    }
    return volume.persistentVolumeClaim === undefined
        ? { emptyDir: {} }
        : { persistentVolumeClaim: { claimName: volume.persistentVolumeClaim } };
}

export function volumes(settings: VolumeSettings): input.core.v1.Volume[] {
    return mounts(settings).map(({ name, source }) => ({ name, ...source }));
}

export function volumeMounts(settings: VolumeSettings): input.core.v1.VolumeMount[] {
    return mounts(settings).map(({ name, path, readOnly }) => ({
        name,
        mountPath: path,
        ...(readOnly && { readOnly }),
    }));
}

const OWN_VOLUMES = ["tmp-dir", "tls", "kubelet-ca", "authentication"];
/** What the container has already: its own files, the pod's credential, and what the kernel shows. */
const OWN_FOLDERS = [
    "/tmp",
    "/etc/metrics-server",
    "/etc/ssl",
    "/var/run/secrets",
    "/run/secrets",
    "/metrics-server",
    "/proc",
    "/sys",
    "/dev",
    "/usr",
    "/bin",
    "/lib",
];
const SOURCES = ["configMap", "secret", "persistentVolumeClaim", "emptyDir"] as const;

/** Everything that is wrong with further folders. */
export function extraVolumeProblems(extra: Record<string, ExtraVolumeArgs> | undefined): string[] {
    const all = Object.entries(extra ?? {});
    return all.flatMap(([name, volume]) => {
        const at = `extraVolumes.${name}`;
        const { mountPath } = volume;
        const set = SOURCES.filter((source) =>
            source === "emptyDir" ? volume.emptyDir === true : volume[source] !== undefined,
        );
        const same = all.filter(([, other]) => other.mountPath === mountPath);
        return [
            ...nameProblems(name),
            ...pathProblems(at, mountPath),
            ...(set.length === 1
                ? []
                : [
                      `${at} has ${set.length === 0 ? "no source" : set.join(" and ")}; expected exactly one of ${SOURCES.join(", ")}`,
                  ]),
            ...(same.length > 1 && same[0]?.[0] !== name
                ? [
                      `${at}.mountPath is ${mountPath}, and so is that of ${same[0]?.[0] ?? ""}; expected a folder of its own`,
                  ]
                : []),
        ];
    });
}

function nameProblems(name: string): string[] {
    if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
        return [
            `extraVolumes has "${name}"; expected a name of small letters, digits and hyphens, at most 63`,
        ];
    }
    return OWN_VOLUMES.includes(name)
        ? [
              `extraVolumes has "${name}", which is a volume of the package's own; expected another name`,
          ]
        : [];
}

function pathProblems(at: string, path: string): string[] {
    const expected = "expected a folder of its own, such as /audit";
    if (!isPlainPath(path)) {
        return [`${at}.mountPath is "${path}"; ${expected}: ${PLAIN_PATH}`];
    }
    const taken = OWN_FOLDERS.find(
        (own) => `${path}/`.startsWith(`${own}/`) || `${own}/`.startsWith(`${path}/`),
    );
    return taken === undefined
        ? []
        : [`${at}.mountPath is "${path}", and ${taken} is the container's own; ${expected}`];
}
