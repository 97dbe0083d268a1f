import { HandDown } from "../shared/handDown";
import type { KubeletServingCertificatesArgs } from "./kubeletServingCertificatesArgs";

const fromParent = new HandDown<string>();

/** Lets the component that is made from these arguments verify with the very file that metrics-server mounts. */
export function handCaFileDown(
    args: KubeletServingCertificatesArgs,
    file: string | undefined,
): KubeletServingCertificatesArgs {
    return file === undefined ? args : fromParent.give(args, file);
}

/** The file on the control planes with the kubelets' CA, where the parent mounts one. */
export function caFileOf(args: KubeletServingCertificatesArgs): string | undefined {
    return fromParent.take(args);
}
