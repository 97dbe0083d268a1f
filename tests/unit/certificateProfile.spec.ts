import assert from "node:assert/strict";
import fc from "fast-check";
import {
    DEFAULT_CA,
    DEFAULT_LEAF,
    generationProblems,
    lifetimeProblems,
    nameProblems,
} from "../../components/serving-certificate/certificateProfile";
import { base64, joinPem } from "../../components/shared/pem";
import { serviceCommonName, serviceDnsNames } from "../../components/shared/serviceNames";
import { certificateSettingProblems } from "../../components/serving-certificate/sources";
import { SERVING_CERTIFICATE } from "./support/fixtures";

describe("serviceDnsNames", () => {
    it("starts with the name that the API server verifies and has all names of the Service", () => {
        assert.deepEqual(serviceDnsNames("metrics-server", "kube-system", "cluster.local", []), [
            "metrics-server.kube-system.svc",
            "metrics-server",
            "metrics-server.kube-system",
            "metrics-server.kube-system.svc.cluster.local",
        ]);
    });

    it("adds further names once", () => {
        assert.deepEqual(serviceDnsNames("a", "b", "c", ["x.org", "a.b", "x.org"]).slice(4), [
            "x.org",
        ]);
    });
});

describe("lifetimeProblems", () => {
    it("finds nothing wrong with the defaults: one year and ten", () => {
        assert.deepEqual(DEFAULT_LEAF, { validityHours: 8760, renewBeforeHours: 720 });
        assert.deepEqual(DEFAULT_CA, { validityHours: 87600, renewBeforeHours: 8760 });
        assert.deepEqual(lifetimeProblems(DEFAULT_LEAF, DEFAULT_CA), []);
    });

    for (const validityHours of [0, -1, 0.5, NaN, Infinity, 175201]) {
        it(`refuses a validity of ${validityHours} hours`, () => {
            assert.equal(
                lifetimeProblems({ validityHours, renewBeforeHours: 0 }, DEFAULT_CA)[0],
                `validityHours is ${validityHours}; expected a whole number of hours from 1 to 175200`,
            );
        });
    }

    for (const renewBeforeHours of [-1, 0.5, NaN]) {
        it(`refuses a renewal window of ${renewBeforeHours} hours`, () => {
            assert.deepEqual(
                lifetimeProblems({ validityHours: 10, renewBeforeHours }, DEFAULT_CA),
                [
                    `renewBeforeHours is ${renewBeforeHours}; expected a whole number of hours from 0 on`,
                ],
            );
        });
    }

    for (const renewBeforeHours of [24, 25, Infinity]) {
        it(`refuses a window of ${renewBeforeHours} hours in a validity of 24, which renews on every run`, () => {
            const [problem] = lifetimeProblems({ validityHours: 24, renewBeforeHours }, DEFAULT_CA);
            assert.equal(
                problem,
                Number.isFinite(renewBeforeHours)
                    ? `renewBeforeHours is ${renewBeforeHours} and validityHours is 24; a renewal window that is not shorter than the validity replaces the certificate on every run`
                    : "renewBeforeHours is Infinity; expected a whole number of hours from 0 on",
            );
        });
    }

    it("refuses both certificates at once and names the CA's own arguments", () => {
        assert.deepEqual(
            lifetimeProblems(
                { validityHours: 0, renewBeforeHours: 0 },
                { validityHours: 438001, renewBeforeHours: 0 },
            ),
            [
                "validityHours is 0; expected a whole number of hours from 1 to 175200",
                "caValidityHours is 438001; expected a whole number of hours from 1 to 438000",
            ],
        );
    });

    it("refuses a leaf that could outlive its CA", () => {
        assert.deepEqual(
            lifetimeProblems(
                { validityHours: 101, renewBeforeHours: 1 },
                { validityHours: 200, renewBeforeHours: 100 },
            ),
            [
                "validityHours is 101, and a CA may have only 100 hours left (caValidityHours less caRenewBeforeHours); expected a certificate that ends before its CA",
            ],
        );
    });

    it("accepts exactly the lifetimes that never renew at once and never outlive the CA", () => {
        const hours = fc.integer({ min: -2, max: 60 });
        fc.assert(
            fc.property(hours, hours, hours, hours, (leaf, leafEarly, ca, caEarly) => {
                const problems = lifetimeProblems(
                    { validityHours: leaf, renewBeforeHours: leafEarly },
                    { validityHours: ca, renewBeforeHours: caEarly },
                );
                const sound =
                    leaf >= 1 &&
                    leafEarly >= 0 &&
                    leafEarly < leaf &&
                    ca >= 1 &&
                    caEarly >= 0 &&
                    caEarly < ca &&
                    ca - caEarly >= leaf;
                assert.equal(problems.length === 0, sound);
            }),
        );
    });
});

describe("generationProblems", () => {
    it("takes one slot or several with different names", () => {
        assert.deepEqual(generationProblems(["1"], "1"), []);
        assert.deepEqual(generationProblems(["1", "2026b"], "2026b"), []);
    });

    for (const generations of [[], ["1", "1"]]) {
        it(`refuses the slots [${generations.join(", ")}]`, () => {
            assert.equal(
                generationProblems(generations, "1")[0],
                "caKeyGenerations needs at least one name, and none twice",
            );
        });
    }

    for (const name of ["", "A", "a-b", "a b", "a\n", "x".repeat(17)]) {
        it(`refuses the slot name ${JSON.stringify(name)}, which would become a resource's name`, () => {
            assert.deepEqual(generationProblems([name], name), [
                `caKeyGenerations has "${name}"; expected 1 to 16 lower-case letters and digits`,
            ]);
        });
    }

    it("refuses to sign with a slot that is not there", () => {
        assert.deepEqual(generationProblems(["1", "2"], "3"), [
            'activeCaKeyGeneration is "3"; expected one of caKeyGenerations: 1, 2',
        ]);
    });
});

describe("certificateSettingProblems", () => {
    it("finds nothing wrong with no settings at all", () => {
        assert.deepEqual(certificateSettingProblems({}, SERVING_CERTIFICATE), []);
    });

    it("looks at lifetimes and slots together", () => {
        assert.deepEqual(
            certificateSettingProblems(
                { validityHours: 720, activeCaKeyGeneration: "2" },
                SERVING_CERTIFICATE,
            ),
            [
                "renewBeforeHours is 720 and validityHours is 720; a renewal window that is not shorter than the validity replaces the certificate on every run",
                'activeCaKeyGeneration is "2"; expected one of caKeyGenerations: 1',
            ],
        );
    });
});

describe("names and texts of certificates", () => {
    it("refuses a common name that X.509 does not allow", () => {
        const long = serviceCommonName("s".repeat(40), "n".repeat(22));
        assert.deepEqual(nameProblems(long), [
            `the name ${long} has 67 characters; X.509 allows 64; choose a shorter serviceName or namespace`,
        ]);
        assert.deepEqual(nameProblems("a".repeat(64)), []);
    });

    it("joins PEM blocks with one newline after each, whatever they came with", () => {
        assert.equal(joinPem(["\nA\n\n", "B", "C\r\n"]), "A\nB\nC\n");
    });

    it("writes base64 that reads back as the same text", () => {
        fc.assert(
            fc.property(fc.string({ unit: "grapheme" }), (text) => {
                assert.equal(Buffer.from(base64(text), "base64").toString("utf8"), text);
            }),
        );
    });
});
