import type { HostileRequest } from "../../cluster/csr/world";
import type { Verdict } from "./kubernetes";

/** One request, and why each of the three would refuse it; empty where one would not. */
export interface Judged extends Verdict {
    request: HostileRequest;
    approver: string;
}

/** Where the approver is looser than Kubernetes. A request that the API server does not store never gets to the approver. */
export function looser(judged: Judged[]): Judged[] {
    return judged.filter(
        ({ approver, apiServer, signer }) => approver === "" && apiServer === "" && signer !== "",
    );
}

/** Where the approver is stricter: Kubernetes would sign it. */
export function stricter(judged: Judged[]): Judged[] {
    return judged.filter(
        ({ approver, apiServer, signer }) => approver !== "" && apiServer === "" && signer === "",
    );
}

/** What the approver would let pass, and only the API server stops. */
export function stoppedBefore(judged: Judged[]): Judged[] {
    return judged.filter(({ approver, apiServer }) => approver === "" && apiServer !== "");
}

/** How many there are of each kind, and what the approver says where it is the stricter one: by reason. */
export function summary(judged: Judged[]): string {
    const unstored = judged.filter(({ apiServer }) => apiServer !== "").length;
    const unsigned = judged.filter((one) => one.apiServer === "" && one.signer !== "").length;
    const strict = stricter(judged);
    const reasons = [...new Set(strict.map(({ approver }) => approver))].map((reason) => {
        const ids = strict
            .filter((one) => one.approver === reason)
            .map(({ request }) => request.id);
        return `  ${reason} (${ids.length}):\n    ${ids.join("; ")}`;
    });
    return [
        `Of ${judged.length} hostile requests the API server stores none of ${unstored}, the signer refuses ${unsigned}, and` +
            ` only the approver stops ${strict.length}:`,
        ...reasons,
    ].join("\n");
}
