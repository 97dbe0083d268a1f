import assert from "node:assert/strict";
import fc from "fast-check";
import {
    DEFAULT_KUBERNETES,
    imageOf,
    kubernetesVersionProblem,
    releaseFor,
} from "../../components/metrics-server/releases";

describe("releaseFor", () => {
    const expected: Record<string, string> = {
        "1.31": "v0.8.1",
        "1.33.9": "v0.8.1",
        "v1.33.1+rke2r1": "v0.8.1",
        "1.34": "v0.9.0",
        "v1.34.3": "v0.9.0",
        "1.36.0-alpha.1": "v0.9.0",
    };
    for (const [kubernetes, version] of Object.entries(expected)) {
        it(`chooses ${version} for Kubernetes ${kubernetes}`, () => {
            assert.equal(kubernetesVersionProblem(kubernetes), undefined);
            assert.equal(releaseFor(kubernetes).version, version);
        });
    }

    it("chooses the newest for the version that is assumed when none is given", () => {
        assert.equal(releaseFor(DEFAULT_KUBERNETES).version, "v0.9.0");
    });

    it("never chooses a release that a cluster is too old for", () => {
        fc.assert(
            fc.property(fc.integer({ min: 0, max: 99 }), (minor) => {
                const kubernetes = `1.${minor}`;
                if (kubernetesVersionProblem(kubernetes) === undefined) {
                    assert.ok(releaseFor(kubernetes).oldestMinor <= minor);
                } else {
                    assert.ok(minor < 31);
                    assert.throws(() => releaseFor(kubernetes));
                }
            }),
        );
    });
});

describe("kubernetesVersionProblem", () => {
    for (const old of ["1.30", "v1.27.3", "1.9"]) {
        it(`refuses ${old} and says what is needed`, () => {
            assert.equal(
                kubernetesVersionProblem(old),
                `kubernetesVersion is "${old}"; metrics-server v0.8.1 needs Kubernetes 1.31 or later; upgrade the cluster first`,
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
                `kubernetesVersion is "${text}"; expected a version such as "1.34"`,
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
