import assert from "node:assert/strict";
import fc from "fast-check";
import {
    DEFAULT_KUBERNETES,
    imageOf,
    kubernetesVersionProblem,
    OLDEST_MINOR,
    RELEASES,
    releaseFor,
} from "../../components/metrics-server/releases";

describe("releaseFor", () => {
    for (const { version, oldestMinor } of RELEASES) {
        for (const kubernetes of [
            `1.${oldestMinor}`,
            `v1.${oldestMinor}.3`,
            `v1.${oldestMinor}.1+rke2r1`,
            `1.${oldestMinor}.0-alpha.1`,
        ]) {
            it(`chooses ${version} for Kubernetes ${kubernetes}`, () => {
                assert.equal(kubernetesVersionProblem(kubernetes), undefined);
                assert.equal(releaseFor(kubernetes).version, version);
            });
        }
    }

    it("chooses the newest for the version that is assumed when none is given, and for all later ones", () => {
        assert.equal(releaseFor(DEFAULT_KUBERNETES), RELEASES[0]);
        assert.equal(releaseFor("1.99"), RELEASES[0]);
    });

    it("has a table from the newest to the oldest, so that the first that fits is the newest", () => {
        const minors = RELEASES.map(({ oldestMinor }): number => oldestMinor);
        assert.deepEqual(
            minors,
            minors.toSorted((a, b) => b - a),
        );
        assert.equal(OLDEST_MINOR, minors.at(-1));
    });

    it("never chooses a release that a cluster is too old for", () => {
        fc.assert(
            fc.property(fc.integer({ min: 0, max: 99 }), (minor) => {
                const kubernetes = `1.${minor}`;
                if (kubernetesVersionProblem(kubernetes) === undefined) {
                    assert.ok(releaseFor(kubernetes).oldestMinor <= minor);
                } else {
                    assert.ok(minor < OLDEST_MINOR);
                    assert.throws(() => releaseFor(kubernetes));
                }
            }),
        );
    });
});

describe("kubernetesVersionProblem", () => {
    for (const old of [`1.${OLDEST_MINOR - 1}`, "v1.27.3", "1.9"]) {
        it(`refuses ${old} and says what is needed`, () => {
            assert.equal(
                kubernetesVersionProblem(old),
                `kubernetesVersion is "${old}"; metrics-server ${releaseFor(`1.${OLDEST_MINOR}`).version} needs Kubernetes 1.${OLDEST_MINOR} or later; upgrade the cluster first`,
            );
        });
    }

    for (const text of [
        "",
        "1",
        "34",
        "latest",
        "2.0",
        "1.34.x",
        "1,34",
        "1.34 ",
        "1.34\n",
        "01.34",
    ]) {
        it(`does not understand ${JSON.stringify(text)} and says so`, () => {
            assert.equal(
                kubernetesVersionProblem(text),
                `kubernetesVersion is "${text}"; expected a version such as "${DEFAULT_KUBERNETES}"`,
            );
        });
    }
});

describe("imageOf", () => {
    const release = { version: "v0.9.0", oldestMinor: 34 };

    it("is upstream's image in upstream's registry", () => {
        assert.equal(
            imageOf(release, "registry.k8s.io"),
            "registry.k8s.io/metrics-server/metrics-server:v0.9.0",
        );
    });

    it("takes a mirror with a port, a path and a slash at its end", () => {
        assert.equal(
            imageOf(release, "mirror.local:5000/k8s/"),
            "mirror.local:5000/k8s/metrics-server/metrics-server:v0.9.0",
        );
    });
});
