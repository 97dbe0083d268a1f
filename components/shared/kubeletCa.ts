import * as pulumi from "@pulumi/pulumi";
import { readAuthorities, type WantedAuthorities } from "./authorities";
import { refuse, type Owner } from "./invalidArguments";
import { peek } from "./knownNow";

interface Args {
    kubeletCa?: pulumi.Input<string>;
}

const WANTED: WantedAuthorities = {
    at: "kubeletCa",
    secret: "; expected certificates only: it goes to nodes and into a ConfigMap in the clear",
    ca: "the CA that signed the kubelets' certificates, on kubeadm /etc/kubernetes/pki/ca.crt",
    today: "the CA that signs the kubelets' certificates today",
    copy: "copy it again, on kubeadm from /etc/kubernetes/pki/ca.crt",
};

/** Everything that is wrong with the CA certificates that verify kubelets, as far as they are known. */
export function kubeletCaProblems({ kubeletCa }: Args): string[] {
    const ca = peek(kubeletCa);
    return ca.known && ca.value !== undefined ? problemsOf(ca.value) : [];
}

/** The CA certificates, looked at again when they were not known before. */
export function checkedKubeletCa(
    { component, name }: Owner,
    { kubeletCa }: Args,
): pulumi.Input<string> | undefined {
    if (peek(kubeletCa).known) {
        return kubeletCa;
    }
    return pulumi.output(kubeletCa).apply((ca) => {
        if (ca !== undefined) {
            refuse(component, name, problemsOf(ca));
        }
        return ca as string;
    });
}

function problemsOf(pem: string): string[] {
    return readAuthorities(pem, WANTED).problems;
}
