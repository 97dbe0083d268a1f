import Mocha from "mocha";

/** How many tests are printed. */
const COUNT = 25;

/** The usual report, and after it the tests that took longest, slowest first: `npm run test:slowest -- FILE…`. */
class Slowest extends Mocha.reporters.Spec {
    constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
        super(runner, options);
        const durations: { title: string; seconds: number }[] = [];
        const note = (item: Mocha.Runnable): void => {
            const title = item.titlePath().join(" › ");
            durations.push({ title, seconds: (item.duration ?? 0) / 1000 });
        };
        runner.on(Mocha.Runner.constants.EVENT_TEST_END, note);
        // A cluster or a stack that is made for a suite takes its time in a hook.
        runner.on(Mocha.Runner.constants.EVENT_HOOK_END, note);
        runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
            durations.sort((a, b) => b.seconds - a.seconds);
            const lines = durations
                .slice(0, COUNT)
                .map(({ title, seconds }) => `${seconds.toFixed(1).padStart(8)} s  ${title}`);
            console.log(["the slowest:", ...lines].join("\n"));
        });
    }
}

module.exports = Slowest;
