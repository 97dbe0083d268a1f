import { record, type Recorded, type Run, type RunOptions } from "./mocks";

/** What a program is told by errors that come late, each once as the engine prints them, and what it had registered. */
export async function toldLate<T>(
    program: () => T,
    options: RunOptions = {},
): Promise<{ errors: string[]; resources: Recorded[]; run: Run<T> | undefined }> {
    const errors = new Set<unknown>();
    const keep = (error: unknown): void => void errors.add(error);
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", keep);
    let run: Run<T> | undefined;
    try {
        run = await record(program, options).catch((error: unknown) => {
            keep(error);
            return undefined;
        });
        // A rejection counts as unhandled only after the turn in which nobody handled it.
        await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
        process.removeListener("unhandledRejection", keep);
        others.forEach((listener) => process.on("unhandledRejection", listener));
    }
    const messages = [...errors].map((error) => (error as Error).message);
    return { errors: messages, resources: run?.resources ?? [], run };
}
