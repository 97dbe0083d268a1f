import * as pulumi from "@pulumi/pulumi";
import {
    KubeletServingCertificates,
    type KubeletServingCertificatesArgs,
} from "secure-metrics-server";

type Args = KubeletServingCertificatesArgs;

const config = new pulumi.Config();
const kubelets = new KubeletServingCertificates("kubelets", {
    nodes: config.requireObject<Args["nodes"]>("nodes"),
    ssh: {
        ...config.getObject<Args["ssh"]>("ssh"),
        privateKey: config.getSecret("sshPrivateKey"),
    },
    ...config.getObject<Partial<Args>>("settings"),
});
export const results = kubelets.results;
