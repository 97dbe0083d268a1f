import assert from "node:assert/strict";
import { complete, key, upgraded } from "./options";
import { parseUp } from "./upOptions";
import { KUBERNETES, KUBERNETES_MINORS, kubernetesImages, NEWEST_KUBERNETES } from "./versions";

const STOCK = {
    kubernetes: "1.37",
    containerd: 2,
    workers: 2,
    controlPlanes: 1,
    ipFamily: "ipv4",
    nodeNames: "host",
    serverTLSBootstrap: false,
};

describe("the options of the test cluster", () => {
    it("are those of a stock cluster where nothing is asked for", () => {
        assert.deepEqual(complete({}), STOCK);
        assert.deepEqual(parseUp([]), { options: {}, install: false });
    });

    it("make the same cluster whether a default is written out or not", () => {
        assert.equal(key(complete({})), key(complete({ controlPlanes: 1, ipFamily: "ipv4" })));
        assert.notEqual(key(complete({})), key(complete({ controlPlanes: 3 })));
    });

    it("are taken from a command line", () => {
        const line =
            "--kubernetes 1.35 --containerd 1 --control-planes 3 --workers 0 --ip-family dual --node-names other --first-address ExternalIP --install";
        assert.deepEqual(parseUp(line.split(" ")), {
            install: true,
            options: {
                kubernetes: "1.35",
                containerd: 1,
                controlPlanes: 3,
                workers: 0,
                ipFamily: "dual",
                nodeNames: "other",
                firstAddress: "ExternalIP",
            },
        });
    });

    it("are refused with the values that there are", () => {
        const refused: [string, RegExp][] = [
            ["--control-planes 0", /controlPlanes must be a number from 1 to 5/],
            ["--control-planes three", /controlPlanes must be a number from 1 to 5/],
            ["--workers 10", /workers must be a number from 0 to 9/],
            ["--kubernetes 1.33", /kubernetes must be one of 1.37, 1.36, 1.35, 1.34, not "1.33"/],
            ["--containerd 3", /containerd must be one of 2, 1, not "3"/],
            ["--containerd two", /containerd must be one of 2, 1, not "NaN"/],
            ["--ip-family 6", /ipFamily must be one of ipv4, ipv6, dual, not "6"/],
            ["--node-names w", /nodeNames must be one of host, other, not "w"/],
            ["--first-address InternalIP", /firstAddress must be one of ExternalIP, Hostname, not/],
        ];
        for (const [line, message] of refused) {
            assert.throws(() => complete(parseUp(line.split(" ")).options), message, line);
        }
    });
});

describe("the options of an upgraded cluster", () => {
    const before = complete({ kubernetes: "1.35", workers: 1 });

    it("are the same but for the version", () => {
        assert.deepEqual(upgraded(before, "1.36"), { ...before, kubernetes: "1.36" });
    });

    it("are refused where kubeadm would refuse, or is not there", () => {
        for (const to of ["1.34", "1.35", "1.37"] as const) {
            const message = new RegExp(
                `from one minor version to the next: not from 1.35 to ${to}`,
            );
            assert.throws(() => upgraded(before, to), message);
        }
        assert.throws(() => upgraded(complete({ ...before, hardWay: "ca" }), "1.36"), /hard way/);
        assert.throws(() => upgraded(before, "1.38" as "1.37"), /kubernetes must be one of/);
    });
});

describe("the table of versions", () => {
    it("has the newest first, which is the default", () => {
        assert.equal(KUBERNETES_MINORS[0], NEWEST_KUBERNETES);
    });

    for (const minor of KUBERNETES_MINORS) {
        it(`has a release of ${minor}, and its images`, () => {
            const { version } = KUBERNETES[minor];
            assert.ok(version.startsWith(`${minor}.`));
            const images = kubernetesImages(minor);
            assert.equal(images.kubeScheduler, `registry.k8s.io/kube-scheduler:v${version}`);
        });
    }
});
