import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { networksOf } from "../addresses";
import { STATE_DIRECTORY } from "../paths";
import type { NodeRecord } from "../state";
import { makeCa, makePair, type Pair, type Subject } from "./certificates";

/** What is kept on this machine, the administrator's: what a host that joins later needs as well. */
const KEPT = ["ca", "service-accounts", "admin", "kube-proxy"] as const;

export type Pki = Record<(typeof KEPT)[number], Pair>;

/** The API server's name to itself; kubelets know it by this, too. */
const API_SERVER_USER = "kubernetes";

/** Whose credentials the control plane's programs have. */
const USERS = {
    admin: { commonName: "admin", organization: "system:masters" },
    "kube-proxy": { commonName: "system:kube-proxy", organization: "system:node-proxier" },
    "service-accounts": { commonName: "service-accounts" },
} as const satisfies Record<string, Subject>;

/** Makes the CA and all that is the same for every host. */
export async function makePki(): Promise<Pki> {
    const ca = await makeCa();
    const [admin, proxy, serviceAccounts] = await Promise.all([
        makePair(ca, USERS.admin),
        makePair(ca, USERS["kube-proxy"]),
        makePair(ca, USERS["service-accounts"]),
    ]);
    const pki = { ca, admin, "kube-proxy": proxy, "service-accounts": serviceAccounts };
    mkdirSync(folder(), { recursive: true, mode: 0o700 });
    for (const name of KEPT) {
        writeFileSync(join(folder(), `${name}.crt`), pki[name].certificate);
        writeFileSync(join(folder(), `${name}.key`), pki[name].key, { mode: 0o600 });
    }
    return pki;
}

/** What makePki has made. */
export function readPki(): Pki {
    const pair = (name: string): Pair => ({
        certificate: readFileSync(join(folder(), `${name}.crt`), "utf8"),
        key: readFileSync(join(folder(), `${name}.key`), "utf8"),
    });
    return Object.fromEntries(KEPT.map((name) => [name, pair(name)])) as Pki;
}

/** An API server's certificate, with which it also introduces itself to kubelets and etcd. */
export function apiServerPair(ca: Pair, { name, ip }: NodeRecord): Promise<Pair> {
    const [{ kubernetesService, loadBalancer }] = networksOf("ipv4");
    const service = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];
    return makePair(ca, {
        commonName: API_SERVER_USER,
        names: [
            ...[...service, "kubernetes.default.svc.cluster.local", name].map(dns),
            ...["127.0.0.1", kubernetesService, loadBalancer, ip].map(address),
        ],
        isServer: true,
    });
}

/**
 * A kubelet's credential, which it may serve as well. Kubernetes the Hard Way puts the node's name and the loopback address
 * into it, and no address that another host could ask for.
 */
export function kubeletPair(ca: Pair, { name }: NodeRecord): Promise<Pair> {
    return makePair(ca, {
        commonName: `system:node:${name}`,
        organization: "system:nodes",
        names: [dns(name), address("127.0.0.1")],
        isServer: true,
    });
}

/** The credential of a program of the control plane: `kube-scheduler`, `kube-controller-manager`. */
export function componentPair(ca: Pair, name: string): Promise<Pair> {
    return makePair(ca, { commonName: `system:${name}`, organization: `system:${name}` });
}

function folder(): string {
    return join(STATE_DIRECTORY, "pki");
}

function dns(name: string): string {
    return `DNS:${name}`;
}

function address(ip: string): string {
    return `IP:${ip}`;
}
