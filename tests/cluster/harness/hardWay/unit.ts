/** A systemd unit that starts with its host. */
export interface Unit {
    description: string;
    program: string;
    /** Its flags, by name without the dashes. */
    flags: Readonly<Record<string, string>>;
    /** A unit that has to run before. */
    requires?: string;
    /** Whether the program tells systemd when it is ready. */
    notifies?: boolean;
}

/** A unit in the form of Kubernetes the Hard Way: one ExecStart, a line for each flag. */
export function unitText({ description, program, flags, requires, notifies }: Unit): string {
    const command = [
        program,
        ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    ];
    return [
        "[Unit]",
        `Description=${description}`,
        ...(requires === undefined ? [] : [`After=${requires}`, `Requires=${requires}`]),
        "",
        "[Service]",
        ...(notifies === true ? ["Type=notify"] : []),
        `ExecStart=${command.join(" \\\n  ")}`,
        "Restart=on-failure",
        "RestartSec=5",
        "",
        "[Install]",
        "WantedBy=multi-user.target",
        "",
    ].join("\n");
}
