import assert from "node:assert/strict";
import { parseDeb822, parseOneLine } from "./debianMirror";
import { isOlder } from "./goVersion";
import { parseHierarchies } from "./hierarchies";

const MOUNTS = {
    version1:
        "31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct\n" +
        "32 30 0:28 / /sys/fs/cgroup/systemd rw,nosuid - cgroup cgroup rw,name=systemd\n",
    version2: "33 30 0:29 / /sys/fs/cgroup/unified rw,nosuid - cgroup2 cgroup2 rw\n",
    container: "40 39 0:29 /docker/abc /sys/fs/cgroup rw,nosuid - cgroup2 cgroup rw,nsdelegate\n",
};

describe("what the test cluster finds out about its machine", () => {
    it("knows the hierarchies of version 1 and 2 by their mounts", () => {
        const cgroup = "5:cpu,cpuacct:/a\n4:freezer:/\n1:name=systemd:/b\n0::/c\n";
        const seen = parseHierarchies(cgroup, MOUNTS.version1 + MOUNTS.version2);
        assert.deepEqual(
            seen.map(({ version, mountPoint }) => [version, mountPoint]),
            [
                [1, "/sys/fs/cgroup/cpu,cpuacct"],
                [1, "/sys/fs/cgroup/systemd"],
                [2, "/sys/fs/cgroup/unified"],
            ],
            "freezer is not mounted",
        );
    });

    it("knows where a container's part of version 2 begins", () => {
        assert.deepEqual(parseHierarchies("0::/docker/abc/x\n", MOUNTS.container), [
            { version: 2, controllers: "", mountPoint: "/sys/fs/cgroup", root: "/docker/abc" },
        ]);
    });

    it("reads apt's sources in both formats", () => {
        const expected = { uri: "http://mirror.test/debian", components: ["main", "contrib"] };
        assert.deepEqual(
            parseOneLine("deb [arch=amd64] http://mirror.test/debian bookworm main contrib\n"),
            [{ ...expected, suites: ["bookworm"] }],
        );
        const paragraph =
            "Types: deb deb-src\nURIs: http://mirror.test/debian\nSuites: bookworm\n bookworm-updates\n" +
            "Components: main contrib\n\nEnabled: no\nTypes: deb\nURIs: http://other.test/debian\n";
        assert.deepEqual(parseDeb822(paragraph), [
            { ...expected, suites: ["bookworm", "bookworm-updates"] },
        ]);
    });

    it("compares versions number by number", () => {
        assert.equal(isOlder("1.9", "1.26.4"), true);
        assert.equal(isOlder("1.26.4", "1.26.4"), false);
        assert.equal(isOlder("1.27", "1.26.4"), false);
    });
});
