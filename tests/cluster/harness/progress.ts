const started = Date.now();

/** Says what is going on, with the seconds since the driver started. */
export function say(text: string): void {
    const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(6);
    process.stderr.write(`${seconds} s  ${text}\n`);
}

/** Says that something begins; the returned function says that it is done, and how long it took. */
export function progress(what: string): () => void {
    const begin = Date.now();
    say(what);
    return () => {
        say(
            `done after ${((Date.now() - begin) / 1000).toFixed(1)} s: ${what.replace(/ \(.*$/, "")}`,
        );
    };
}
