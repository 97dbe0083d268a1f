import type { Pair } from "./certificates";

/** A kubeconfig as `kubectl config --embed-certs` writes one: YAML, which administrators' tools read line by line. */
export function kubeconfig(server: string, ca: string, user: string, pair: Pair): string {
    return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64(ca)}
    server: ${server}
  name: kubernetes-the-hard-way
contexts:
- context:
    cluster: kubernetes-the-hard-way
    user: ${user}
  name: default
current-context: default
kind: Config
preferences: {}
users:
- name: ${user}
  user:
    client-certificate-data: ${base64(pair.certificate)}
    client-key-data: ${base64(pair.key)}
`;
}

function base64(text: string): string {
    return Buffer.from(text).toString("base64");
}
