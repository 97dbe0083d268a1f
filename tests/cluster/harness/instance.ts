import { INSTANCE_VARIABLE } from "./instanceOption";

/** Every cluster that one machine may have; 0 is the default one. */
export const INSTANCES: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** The number of an instance from what the environment says. Nothing, or an empty word, is the default one, 0. */
export function parseInstance(text: string | undefined): number {
    if (text === undefined || text === "") {
        return 0;
    }
    if (!/^[1-9]$/.test(text)) {
        throw new Error(`${INSTANCE_VARIABLE} must be a number from 1 to 9, not "${text}"`);
    }
    return Number(text);
}

/** The cluster that this process works on. All that may differ between clusters is derived from it. */
export const INSTANCE = parseInstance(process.env[INSTANCE_VARIABLE]);
