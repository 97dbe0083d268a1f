import * as pulumi from "@pulumi/pulumi";
import { invalidNow, readCertificates, subjectOf, type Certificates } from "./certificates";
import { refuse, type Owner } from "./invalidArguments";
import { peek } from "./knownNow";

interface Args {
    kubeletCa?: pulumi.Input<string>;
}

const WANTED = {
    at: "kubeletCa",
    expected: "-----BEGIN CERTIFICATE----- …",
    secret: "; expected certificates only: it goes to nodes and into a ConfigMap in the clear",
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
    const read = readCertificates(pem, WANTED);
    return read.problems.length > 0 ? read.problems : authorityProblems(read, new Date());
}

/** Old certificates may stay in a bundle while a CA is replaced; one at least has to be valid. */
function authorityProblems({ certificates }: Certificates, now: Date): string[] {
    const leaves = certificates.flatMap((certificate, index) =>
        certificate.ca
            ? []
            : [
                  `kubeletCa: certificate ${index + 1} (${subjectOf(certificate)}) is no CA certificate; expected the CA that signed the kubelets' certificates, on kubeadm /etc/kubernetes/pki/ca.crt; next: openssl x509 -text -noout, and look for CA:TRUE`,
              ],
    );
    const ended = certificates.flatMap((certificate) => {
        const why = invalidNow(certificate, now);
        return why === undefined ? [] : [`${subjectOf(certificate)} ${why}`];
    });
    return leaves.length === 0 && ended.length === certificates.length
        ? [
              `kubeletCa has no certificate that is valid now: ${ended.join("; ")}; expected the CA that signs the kubelets' certificates today; next: copy it again, on kubeadm from /etc/kubernetes/pki/ca.crt`,
          ]
        : leaves;
}
