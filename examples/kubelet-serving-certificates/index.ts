import * as pulumi from "@pulumi/pulumi";
import { KubeletServingCertificates, type NodesArgs } from "secure-metrics-server";

const config = new pulumi.Config();

const kubelets = new KubeletServingCertificates("kubelets", {
    nodes: config.requireObject<NodesArgs["nodes"]>("nodes"),
    ssh: {
        ...config.getObject<NodesArgs["ssh"]>("ssh"),
        privateKey: config.getSecret("sshPrivateKey"),
    },
});

export const notAfter = kubelets.notAfter;
export const results = kubelets.results;
