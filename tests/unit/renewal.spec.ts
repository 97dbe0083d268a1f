import assert from "node:assert/strict";
import { foreignLifetime } from "../../components/serving-certificate/certificateProfile";
import {
    earliest,
    renewalTime,
    renewalWarning,
} from "../../components/serving-certificate/renewal";

const YEAR = { validityHours: 8760, renewBeforeHours: 720 };
const END = "2027-06-01T00:00:00Z";

function warning(now: string, lifetime = YEAR): string | undefined {
    const certificate = { what: "The certificate", notAfter: END, lifetime };
    return renewalWarning(certificate, new Date(now));
}

describe("when to run `pulumi up` next", () => {
    it("is when the renewal window begins, in UTC whatever the certificate's zone", () => {
        assert.equal(renewalTime(END, YEAR), "2027-05-02T00:00:00Z");
        assert.equal(renewalTime("2027-06-01T02:00:00+02:00", YEAR), "2027-05-02T00:00:00Z");
    });

    it("is the first of several windows", () => {
        const times = ["2027-05-02T00:00:00Z", "2027-05-01T23:00:00-02:00", "2027-05-01T23:59:59Z"];
        assert.equal(earliest(times), "2027-05-01T23:59:59Z");
        assert.equal(earliest([]), "");
    });

    it("is not worth a word while a monthly run comes in time", () => {
        assert.equal(warning("2026-06-01T00:00:00Z"), undefined);
        assert.equal(warning("2027-03-31T23:59:59Z"), undefined);
    });

    it("is said when the window begins before the next monthly run", () => {
        assert.equal(
            warning("2027-04-01T00:00:00Z"),
            "The certificate expires on 2027-06-01T00:00:00Z; next: run `pulumi up` after 2027-05-02T00:00:00Z, and before it expires",
        );
    });

    it("is now inside of the window, and when the certificate has expired", () => {
        assert.match(warning("2027-05-02T00:00:00Z") ?? "", /renewal window; next: pulumi up$/);
        assert.match(warning("2027-06-01T00:00:00Z") ?? "", /^The certificate expired on /);
    });

    it("does not warn about a short-lived certificate all its life", () => {
        const day = { validityHours: 24, renewBeforeHours: 8 };
        assert.equal(warning("2027-05-31T00:00:00Z", day), undefined);
        assert.match(warning("2027-05-31T15:00:00Z", day) ?? "", /run `pulumi up` after/);
    });

    it("is never after the end: a window of 0 hours is named instead", () => {
        const none = { validityHours: 8760, renewBeforeHours: 0 };
        assert.equal(
            warning("2027-05-20T00:00:00Z", none),
            "The certificate expires on 2027-06-01T00:00:00Z, and is not renewed before; next: set a renewal window of more than 0 hours",
        );
        assert.match(warning(END, none) ?? "", /^The certificate expired on /);
    });

    it("is said whatever the clock says", () => {
        assert.equal(warning("1970-01-01T00:00:00Z"), undefined);
        assert.match(warning("9999-12-31T00:00:00Z") ?? "", /^The certificate expired on /);
    });

    it("is for what somebody else renews from its window on, with what to do there", () => {
        const given = {
            what: "The certificate",
            notAfter: END,
            lifetime: YEAR,
            next: "give another",
        };
        const said = (now: string) => renewalWarning(given, new Date(now));
        assert.equal(said("2027-05-01T23:59:59Z"), undefined);
        assert.equal(
            said("2027-05-02T00:00:00Z"),
            "The certificate expires on 2027-06-01T00:00:00Z; next: give another",
        );
        assert.equal(
            said(END),
            "The certificate expired on 2027-06-01T00:00:00Z; expected its successor from 2027-05-02T00:00:00Z on; next: give another",
        );
    });

    it("leaves a short-lived certificate of somebody else's a third of its life", () => {
        assert.deepEqual(foreignLifetime(24), { validityHours: 24, renewBeforeHours: 8 });
        assert.deepEqual(foreignLifetime(8760), YEAR);
        assert.deepEqual(foreignLifetime(24, 2), { validityHours: 24, renewBeforeHours: 2 });
    });

    it("is not guessed from what is no time", () => {
        for (const notAfter of ["", "soon", "2027-13-01T00:00:00Z", "10000-01-01T00:00:00Z"]) {
            assert.throws(
                () => renewalTime(notAfter, YEAR),
                /^Error: a certificate ends on ".*"; expected a time as RFC 3339 has it; next: pulumi refresh$/,
            );
        }
    });
});
