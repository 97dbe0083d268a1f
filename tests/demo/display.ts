/** How often the line of the moment is written anew; milliseconds. Where there is no terminal, each is one more line. */
const TERMINAL_INTERVAL = 1000;
const LOG_INTERVAL = 60_000;

/** Lines that stay, and below them one that tells what is going on at the moment. */
export class Display {
    private timer: NodeJS.Timeout | undefined;
    private shown = false;

    constructor(private readonly to: NodeJS.WriteStream = process.stdout) {}

    /** Writes a line that stays. */
    line(text: string): void {
        this.clear();
        this.to.write(`${text}\n`);
    }

    /** Shows what is going on, until it is told something else or nothing more. */
    moment(text: (() => string) | undefined): void {
        clearInterval(this.timer);
        this.timer = undefined;
        this.clear();
        if (text === undefined) {
            return;
        }
        const terminal = this.to.isTTY;
        const show = (): void => {
            if (terminal) {
                this.clear();
                this.to.write(text().slice(0, this.to.columns - 1));
                this.shown = true;
            } else {
                this.to.write(`${text()}\n`);
            }
        };
        show();
        this.timer = setInterval(show, terminal ? TERMINAL_INTERVAL : LOG_INTERVAL);
        this.timer.unref();
    }

    private clear(): void {
        if (this.shown) {
            this.to.write("\r\u001b[K");
            this.shown = false;
        }
    }
}
