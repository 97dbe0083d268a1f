import { messageOf } from "./budgets";
import { INSTANCE_VARIABLE, takeInstance } from "./instanceOption";

/** Every path and address follows from the instance, so that it is settled before anything else is loaded. */
async function start(args: string[]): Promise<number> {
    const { instance, rest } = takeInstance(args);
    if (instance !== undefined) {
        process.env[INSTANCE_VARIABLE] = instance;
    }
    const { main } = await import("./commands");
    return main(rest);
}

start(process.argv.slice(2)).then(
    (code) => {
        process.exitCode = code;
    },
    (error: unknown) => {
        process.stderr.write(`${messageOf(error)}\n`);
        process.exitCode = 1;
    },
);
