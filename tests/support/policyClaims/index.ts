import { API_SERVICES } from "./apiService";
import type { Claims } from "./claim";
import { KUBELET } from "./kubelet";
import { API_SERVER, CA_BUNDLES, HOST_KEYS } from "./others";

export { UNSEEN } from "./unseen";
export type { Claim, Claims, Resource } from "./claim";

/** What the policy pack's README says of each policy, and nothing else. */
export const CLAIMS: Record<string, Claims> = {
    "kubelet-verified": KUBELET,
    "api-service-verified": API_SERVICES,
    "api-server-verified": API_SERVER,
    "ssh-host-key-pinned": HOST_KEYS,
    "ca-bundle-valid": CA_BUNDLES,
};
