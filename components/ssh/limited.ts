/** Logins at the same time, for looks and uploads together: enough to be quick, few enough for a bastion's MaxStartups. */
const PARALLEL = 8;

let running = 0;
const waiting: (() => void)[] = [];

/** Does something as soon as fewer than eight others are at it. */
export async function limited<T>(body: () => Promise<T>): Promise<T> {
    if (running >= PARALLEL) {
        await new Promise<void>((resolve) => waiting.push(resolve));
    }
    running++;
    try {
        return await body();
    } finally {
        running--;
        waiting.shift()?.();
    }
}
