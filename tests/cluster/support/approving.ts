import type { Cluster } from "../harness";
import { BUDGETS, found, notYet, until } from "../harness/budgets";

const PENDING =
    '{{range .items}}{{if not .status.conditions}}{{.metadata.name}}{{"\\n"}}{{end}}{{end}}';

/** Does something while an administrator approves whatever kubelets ask for. */
export async function approving(cluster: Cluster, work: () => Promise<void>): Promise<void> {
    let isDone = false;
    const administrator = until("the work to be done", BUDGETS.patience, async () => {
        const requests = await cluster.kubectl([
            ...["get", "csr", "--field-selector=spec.signerName=kubernetes.io/kubelet-serving"],
            ...["-o", `go-template=${PENDING}`],
        ]);
        for (const name of requests.split("\n").filter((line) => line !== "")) {
            await cluster.kubectl(["certificate", "approve", name]);
        }
        return isDone ? found(true) : notYet("it goes on");
    });
    await work().finally(() => {
        isDone = true;
    });
    await administrator;
}
