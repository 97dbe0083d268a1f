import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { dialects } from "../cluster/csr/approverFixture";
import { FILES, InstallerFixture, UNIT } from "./support/installerFixture";

const OLD = "usr/local/lib/secure-metrics-server";

for (const dialect of dialects()) {
    describe(`installer.sh, after 0.1.0 (${dialect.name})`, () => {
        let node: InstallerFixture;
        beforeEach(() => {
            node = new InstallerFixture(dialect);
            node.write(`${OLD}/approve-csrs.sh`, "#!/bin/sh\n");
            node.write(`${OLD}/project.stack.metrics.sha256`, "x\n");
            node.write(FILES.inventory, "cp1 10.0.0.1\nw1 10.0.0.2\n");
            node.run("install");
            node.write(`${OLD}/approve-csrs.sh`, "#!/bin/sh\n");
            node.write(`${OLD}/project.stack.metrics.sha256`, "x\n");
            rmSync(join(node.root, "var"), { recursive: true });
            node.write(
                FILES.service,
                "[Service]\nExecStart=/bin/sh /usr/local/lib/secure-metrics-server/approve-csrs.sh run\n",
            );
        });
        afterEach(() => {
            node.remove();
        });

        it("takes its files over while the timer keeps running", () => {
            const { status, calls } = node.run("install");
            assert.equal(status, 0);
            assert.deepEqual(
                calls.filter((call) => !call.startsWith("is-")),
                ["daemon-reload", `restart --no-block ${UNIT}.service`],
            );
            assert.ok(!node.has(OLD));
            assert.match(node.read(FILES.service), /approver\/approver\.sh run$/m);
            assert.deepEqual(node.run("install").result, {
                changed: false,
                interval: 60,
                nodes: 2,
            });
        });

        it("leaves it working where the new one cannot", () => {
            node.write("broken", "");
            assert.equal(node.run("install").status, 71);
            assert.ok(node.has(`${OLD}/approve-csrs.sh`));
            assert.match(node.read(FILES.service), /approve-csrs\.sh run$/m);
        });

        it("makes systemd know the new units where an earlier install ended before that", () => {
            node.write("hanging", "");
            assert.equal(node.run("install").status, 73);
            assert.match(node.read(FILES.service), /approver\/approver\.sh run$/m);
            assert.ok(node.has(`${OLD}/approve-csrs.sh`), "what systemd still starts has to stay");
            rmSync(join(node.root, "hanging"));
            const { status, calls } = node.run("install");
            assert.equal(status, 0);
            assert.ok(calls.includes("daemon-reload"), calls.join("\n"));
            assert.ok(calls.includes(`restart --no-block ${UNIT}.service`), calls.join("\n"));
            assert.ok(!node.has(OLD));
        });

        it("leaves another stack's file there", () => {
            node.write(`${OLD}/other.sha256`, "x\n");
            node.run("install");
            assert.ok(node.has(`${OLD}/other.sha256`) && !node.has(`${OLD}/approve-csrs.sh`));
        });
    });
}
