import { record, type Recorded } from "./mocks";

/** What a program is told by errors that come late, each once as the engine prints them, and what it had registered. */
export async function toldLate(
    program: () => unknown,
    preview = false,
): Promise<{ errors: string[]; resources: Recorded[] }> {
    const errors = new Set<unknown>();
    const keep = (error: unknown): void => void errors.add(error);
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", keep);
    const resources: Recorded[] = [];
    try {
        await record(program, { preview }).then((run) => resources.push(...run.resources), keep);
        // A rejection counts as unhandled only after the turn in which nobody handled it.
        await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
        process.removeListener("unhandledRejection", keep);
        others.forEach((listener) => process.on("unhandledRejection", listener));
    }
    return { errors: [...errors].map((error) => (error as Error).message), resources };
}
