/** A suite that cannot run says why and counts as skipped, never as passed. */
export function skipIfLacking(test: Mocha.Context, lacks: string[]): void {
    if (lacks.length > 0) {
        console.log(`    skipped: ${lacks.join("; ")}`);
        test.skip();
    }
}
