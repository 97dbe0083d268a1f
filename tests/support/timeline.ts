/** Something that an engine did about one resource. */
export interface ResourceEvent {
    type: string;
    name: string;
    op: string;
    /** Inputs that differ from the last run's. */
    differing?: string[];
    phase: "begins" | "done" | "failed";
    /** Milliseconds since the epoch. */
    at: number;
}

/** Where a run spent its time: a row a resource, and one for the time in which no resource was worked on. */
export interface Share {
    /** The resource; undefined is the program itself, and the engine. */
    name: string | undefined;
    /** Milliseconds of the run that this one had to be waited for. All shares together are the whole run. */
    waited: number;
    /** Milliseconds from its begin to its end; others may have gone on beside it. */
    took: number;
}

/**
 * Tells where the time of a run went. Each moment counts for one resource: of those that are worked on, the one that ends last,
 * because it is the one that was waited for. Sorted, the longest wait first.
 */
export function whereTimeWent(events: ResourceEvent[], begin: number, end: number): Share[] {
    const spans = spansOf(events, end);
    const cuts = [begin, end, ...spans.flatMap(({ from, to }) => [from, to])]
        .filter((at) => at >= begin && at <= end)
        .sort((a, b) => a - b);
    const waited = new Map<string | undefined, number>([[undefined, 0]]);
    for (const [index, from] of cuts.entries()) {
        const to = cuts[index + 1] ?? from;
        const running = spans.filter((span) => span.from <= from && span.to >= to);
        const last = running.reduce<Span | undefined>(
            (latest, span) => (latest === undefined || span.to > latest.to ? span : latest),
            undefined,
        );
        waited.set(last?.name, (waited.get(last?.name) ?? 0) + to - from);
    }
    const took = new Map(spans.map(({ name, from, to }) => [name, to - from]));
    return [...waited]
        .map(([name, share]) => ({
            name,
            waited: share,
            took: name === undefined ? share : (took.get(name) ?? share),
        }))
        .sort((a, b) => b.waited - a.waited);
}

interface Span {
    name: string;
    from: number;
    to: number;
}

/** What has begun and not ended is taken to have ended with the run. */
function spansOf(events: ResourceEvent[], end: number): Span[] {
    return events
        .filter(({ phase }) => phase === "begins")
        .map(({ name, at }) => {
            const ended = events.find(
                (event) => event.name === name && event.phase !== "begins" && event.at >= at,
            );
            return { name, from: at, to: ended?.at ?? end };
        });
}
