import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
    chmodSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readScript } from "../../components/ssh/composeScript";
import { composedScript } from "../../components/ssh/scriptTable";
import { dialects, type Dialect } from "../cluster/csr/approverFixture";
import { nodeScript } from "./support/shells";

const UNIT = "secure-metrics-server-csr-approval";
const FILES = {
    script: "usr/local/lib/secure-metrics-server/approve-csrs.sh",
    inventory: "etc/secure-metrics-server/csr-inventory.d/project.stack.metrics",
    service: `etc/systemd/system/${UNIT}.service`,
    timer: `etc/systemd/system/${UNIT}.timer`,
    marker: "run/secure-metrics-server/expect",
};
const HEADER = {
    INSTANCE: "project.stack.metrics",
    INVENTORY: "cp1 10.0.0.1\nw1 10.0.0.2",
    INTERVAL: "60",
};

/** Remembers what it is told; a timer is enabled and active after `enable` and until `disable`. */
const SYSTEMCTL = `echo "$*" >>"$ROOT/systemctl.log"
case $1 in
enable) : >"$ROOT/enabled" ;;
disable) rm -f "$ROOT/enabled" ;;
is-enabled | is-active) [ -f "$ROOT/enabled" ] ;;
show) echo Result=success ;;
esac`;

interface Outcome {
    status: number | null;
    lines: string[];
    result: unknown;
    calls: string[];
}

/** A control plane as far as the script looks at it. */
class ControlPlane {
    readonly root = mkdtempSync(join(tmpdir(), "csr-approval-"));

    constructor(private readonly dialect: Dialect) {
        this.write("etc/kubernetes/admin.conf", "");
        mkdirSync(join(this.root, "etc/systemd/system"), { recursive: true });
        this.tool("systemctl", SYSTEMCTL);
        this.tool("id", "echo 0");
        this.tool("kubectl", `if [ -f "$ROOT/broken" ]; then echo "no route" >&2; exit 1; fi`);
        this.tool("awk", `exec ${dialect.awk.join(" ")} "$@"`);
    }

    tool(name: string, body: string): void {
        this.write(`bin/${name}`, `#!/bin/sh\n${body}\n`);
        chmodSync(join(this.root, "bin", name), 0o755);
    }

    write(path: string, text: string): void {
        mkdirSync(dirname(join(this.root, path)), { recursive: true });
        writeFileSync(join(this.root, path), text);
    }

    has(path: string): boolean {
        return existsSync(join(this.root, path));
    }

    read(path: string): string {
        return readFileSync(join(this.root, path), "utf8");
    }

    mode(path: string): string {
        return (statSync(join(this.root, path)).mode & 0o7777).toString(8);
    }

    run(verb: string, header: Partial<typeof HEADER> & { SCRIPT?: string } = {}): Outcome {
        const [shell = "", ...options] = this.dialect.shell;
        const text = nodeScript("csr-approval", { ...HEADER, ...header });
        rmSync(join(this.root, "systemctl.log"), { force: true });
        const { status, stdout, stderr } = spawnSync(shell, [...options, "-s", "--", verb], {
            input: text,
            encoding: "utf8",
            timeout: 60_000,
            env: {
                PATH: `${join(this.root, "bin")}:${process.env["PATH"] ?? ""}`,
                ROOT: this.root,
                NODE_NAME: "cp1",
                POLL_SECONDS: "0",
            },
        });
        assert.equal(stderr, "");
        const lines = stdout.split("\n").filter((line) => line !== "");
        const calls = this.has("systemctl.log")
            ? this.read("systemctl.log").trim().split("\n")
            : [];
        const last = lines.at(-1) ?? "";
        return {
            status,
            lines,
            result: last.startsWith("{") ? JSON.parse(last) : undefined,
            calls,
        };
    }

    remove(): void {
        rmSync(this.root, { recursive: true, force: true });
    }
}

interface Status {
    digest: string;
}

for (const dialect of dialects()) {
    describe(`csr-approval.sh (${dialect.name})`, () => {
        let node: ControlPlane;
        beforeEach(() => {
            node = new ControlPlane(dialect);
        });
        afterEach(() => {
            node.remove();
        });

        it("installs the approver, its inventory and its timer", () => {
            const { status, lines, result, calls } = node.run("install");
            assert.equal(status, 0, lines.join("\n"));
            assert.deepEqual(result, { changed: true, interval: 60, nodes: 2 });
            assert.equal(node.read(FILES.script), readScript("approval/approver.sh"));
            assert.equal(node.mode(FILES.script), "755");
            assert.equal(node.read(FILES.inventory), "cp1 10.0.0.1\nw1 10.0.0.2\n");
            assert.match(node.read(FILES.timer), /^OnUnitInactiveSec=60$/m);
            assert.ok(Number(node.read(FILES.marker)) > Date.now() / 1000 + 200);
            assert.deepEqual(
                calls.filter((call) => !call.startsWith("is-")),
                [
                    "daemon-reload",
                    `enable --quiet ${UNIT}.timer`,
                    `start ${UNIT}.timer`,
                    `restart --no-block ${UNIT}.service`,
                ],
            );
        });

        it("rewrites nothing the second time", () => {
            node.run("install");
            const before = Object.values(FILES)
                .slice(0, 4)
                .map((file) => statSync(join(node.root, file)).ino);
            const { result, calls } = node.run("install");
            assert.deepEqual(result, { changed: false, interval: 60, nodes: 2 });
            const after = Object.values(FILES)
                .slice(0, 4)
                .map((file) => statSync(join(node.root, file)).ino);
            assert.deepEqual(after, before);
            assert.deepEqual(
                calls.filter((call) => !call.startsWith("is-")),
                [`start --no-block ${UNIT}.service`],
            );
        });

        it("restarts only the timer for another interval, and nothing for another inventory", () => {
            node.run("install");
            const timer = node.run("install", { INTERVAL: "30" });
            assert.deepEqual(timer.result, { changed: true, interval: 30, nodes: 2 });
            assert.ok(timer.calls.includes(`restart ${UNIT}.timer`));
            assert.ok(timer.calls.includes(`start --no-block ${UNIT}.service`));
            const inventory = node.run("install", { INTERVAL: "30", INVENTORY: "w1 10.0.0.2" });
            assert.deepEqual(inventory.result, { changed: true, interval: 30, nodes: 1 });
            assert.ok(!inventory.calls.includes("daemon-reload"));
        });

        it("brings back what somebody changed or loosened", () => {
            node.run("install");
            chmodSync(join(node.root, FILES.inventory), 0o666);
            node.write(FILES.script, "#!/bin/sh\n");
            rmSync(join(node.root, "enabled"));
            const { result, calls } = node.run("install");
            assert.deepEqual(result, { changed: true, interval: 60, nodes: 2 });
            assert.equal(node.mode(FILES.inventory), "644");
            assert.equal(node.read(FILES.script), readScript("approval/approver.sh"));
            assert.ok(calls.includes(`restart --no-block ${UNIT}.service`));
        });

        it("removes all that it wrote, twice", () => {
            node.run("install");
            assert.deepEqual(node.run("uninstall").result, { changed: true, remaining: 0 });
            for (const path of [
                "usr/local/lib/secure-metrics-server",
                "etc/secure-metrics-server",
                "run/secure-metrics-server",
            ]) {
                assert.ok(!node.has(path), path);
            }
            assert.deepEqual(readdirSync(join(node.root, "etc/systemd/system")), []);
            const again = node.run("uninstall");
            assert.deepEqual(again.result, { changed: false, remaining: 0 });
            assert.deepEqual(again.calls, []);
        });

        it("names the inventory of another stack, which a renamed stack leaves behind", () => {
            const alone = node.run("install");
            assert.doesNotMatch(alone.lines.join("\n"), /warning/);
            const { lines } = node.run("install", { INSTANCE: "other" });
            const named = lines.filter((line) => line.includes("warning"));
            assert.equal(named.length, 1);
            assert.ok(named[0]?.endsWith(`rm /${FILES.inventory}`), named[0]);
        });

        it("stays for another stack", () => {
            node.run("install");
            node.run("install", { INSTANCE: "other" });
            assert.deepEqual(node.run("uninstall").result, { changed: true, remaining: 1 });
            assert.ok(
                node.has(FILES.script) && node.has(FILES.timer) && !node.has(FILES.inventory),
            );
            assert.deepEqual(node.run("uninstall", { INSTANCE: "other" }).result, {
                changed: true,
                remaining: 0,
            });
            assert.ok(!node.has(FILES.script));
        });

        it("reports without changing anything", () => {
            const absent = {
                installed: false,
                current: false,
                active: false,
                interval: null,
                nodes: 0,
            };
            const status = (header = {}): object => {
                const { digest, ...rest } = node.run("status", header).result as Status;
                assert.match(digest, /^[0-9a-f]{8}$/);
                return rest;
            };
            assert.deepEqual(status(), {
                ...absent,
                lastResult: "success",
                inSync: false,
                causes: ["approver-missing", "approval-timer-inactive"],
            });
            assert.ok(!node.has("etc/secure-metrics-server"));
            node.run("install");
            const fine = {
                installed: true,
                current: true,
                active: true,
                interval: 60,
                nodes: 2,
                lastResult: "success",
                inSync: true,
                causes: [],
            };
            assert.deepEqual(status(), fine);
            assert.deepEqual(status({ INVENTORY: "w1" }), {
                ...fine,
                current: false,
            });
            node.write(FILES.timer, node.read(FILES.timer).replaceAll("60", "3600"));
            assert.deepEqual(status(), {
                ...fine,
                current: false,
                interval: 3600,
                inSync: false,
                causes: ["approver-changed"],
            });
        });

        const refused: [string, Partial<typeof HEADER>, RegExp][] = [
            ["an instance with a slash", { INSTANCE: "../x" }, /INSTANCE is '\.\.\/x'/],
            ["an empty inventory", { INVENTORY: "" }, /INVENTORY is empty/],
            [
                "a malformed inventory",
                { INVENTORY: "w1 10.0.0.1\nw2\t10.0.0.2" },
                /line 2 of INVENTORY is odd/,
            ],
            ["an interval in words", { INTERVAL: "1m" }, /INTERVAL or EXPECT is '1m'/],
        ];
        for (const [what, header, message] of refused) {
            it(`refuses ${what} before it writes`, () => {
                const { status, lines } = node.run("install", header);
                assert.equal(status, 64);
                assert.match(lines.join("\n"), message);
                assert.ok(!node.has("etc/secure-metrics-server"));
            });
        }

        it("keeps the scripts of other stacks, which may be of other releases, until the last one leaves", () => {
            const folder = "var/lib/secure-metrics-server/scripts";
            const { file } = composedScript("csr-approval");
            const others = [1, 2, 3, 4].map((digit) => `csr-approval-${String(digit).repeat(64)}`);
            for (const name of [file, ...others]) node.write(join(folder, name), "# a script\n");
            const kept = () => readdirSync(join(node.root, folder)).sort();
            const mine = { SCRIPT: file };
            node.write("etc/secure-metrics-server/csr-inventory.d/other", "w9 10.0.0.9\n");
            assert.equal(node.run("install", mine).status, 0);
            assert.deepEqual(kept(), [...others, file].sort());
            assert.equal(node.run("uninstall", mine).status, 0);
            assert.deepEqual(kept(), [...others, file].sort());
            rmSync(join(node.root, "etc/secure-metrics-server/csr-inventory.d/other"));
            assert.equal(node.run("install", mine).status, 0);
            assert.equal(kept().length, 3);
            assert.equal(node.run("uninstall", mine).status, 0);
            assert.ok(!node.has("var/lib/secure-metrics-server"));
        });

        it("refuses a node that is no control plane", () => {
            rmSync(join(node.root, "etc/kubernetes/admin.conf"));
            const { status, lines } = node.run("install");
            assert.equal(status, 71);
            assert.match(
                lines.join("\n"),
                /^cp1: error: no \/etc\/kubernetes\/admin\.conf; expected a kubeadm control plane/,
            );
        });

        it("shows at once that the approver cannot read the cluster", () => {
            node.write("broken", "");
            const { status, lines } = node.run("install");
            assert.equal(status, 71);
            assert.match(
                lines.join("\n"),
                /the approver's error: cannot read from the API server: no route/,
            );
        });
    });
}
