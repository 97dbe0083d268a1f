/** The component whose work grows with the nodes. */
import { KubeletServingCertificates } from "secure-metrics-server";
import { nodesArgs } from "./nodesArgs";
import { readFarm } from "./settings";

const kubelets = new KubeletServingCertificates("kubelets", nodesArgs(readFarm()));
export const notAfter = kubelets.notAfter;
