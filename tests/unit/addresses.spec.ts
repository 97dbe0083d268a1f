import assert from "node:assert/strict";
import { BlockList, isIP } from "node:net";
import fc from "fast-check";
import { canonicalAddress, isAddress, isDnsSubdomain } from "../../components/nodes/addresses";
import { groups, spell, spellings } from "./support/spellings";

describe("canonicalAddress", () => {
    const rfc5952: [string, string][] = [
        ["2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"],
        ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
        ["2001:db8:0:0:0:0:0:1", "2001:db8::1"],
        ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
        ["2001:DB8::AbCd", "2001:db8::abcd"],
        ["0:0:0:0:0:0:0:0", "::"],
        ["0:0:0:0:0:0:0:1", "::1"],
        ["fd00::10.0.0.11", "fd00::a00:b"],
    ];
    for (const [given, expected] of rfc5952) {
        it(`writes ${given} as RFC 5952 asks: ${expected}`, () => {
            assert.equal(canonicalAddress(given), expected);
        });
    }

    for (const given of ["::ffff:10.0.0.11", "::FFFF:a00:b", "0:0:0:0:0:ffff:0a00:000b"]) {
        it(`writes ${given} as the IPv4 address that it maps, as Go does`, () => {
            assert.equal(canonicalAddress(given), "10.0.0.11");
        });
    }

    it("maps the ends of the IPv4 range without a sign or an overflow", () => {
        assert.equal(canonicalAddress("::ffff:ffff:ffff"), "255.255.255.255");
        assert.equal(canonicalAddress("::ffff:0:0"), "0.0.0.0");
    });

    it("gives every spelling of an IPv6 address the same text, which names the same address", () => {
        fc.assert(
            fc.property(spellings, ([values, ...how]) => {
                const canonical = canonicalAddress(spell(values, false, true, 0, 0));
                assert.equal(canonicalAddress(spell(values, ...how)), canonical);
                const same = new BlockList();
                same.addAddress(canonical, isIP(canonical) === 4 ? "ipv4" : "ipv6");
                assert.ok(same.check(spell(values, ...how), "ipv6"));
            }),
        );
    });

    it("changes nothing when it is applied twice", () => {
        fc.assert(
            fc.property(groups, (values) => {
                const once = canonicalAddress(values.map((value) => value.toString(16)).join(":"));
                assert.equal(canonicalAddress(once), once);
            }),
        );
    });

    it("leaves IPv4 addresses and names alone", () => {
        fc.assert(
            fc.property(fc.oneof(fc.ipV4(), fc.domain()), (text) => {
                assert.equal(canonicalAddress(text), text);
            }),
        );
    });

    it("throws for no text at all, not even for an address with a zone", () => {
        fc.assert(
            fc.property(fc.oneof(fc.string(), fc.constant("fe80::1%eth0")), (text) => {
                assert.equal(typeof canonicalAddress(text), "string");
            }),
        );
    });
});

describe("isAddress", () => {
    it("takes IPv4 and IPv6 literals", () => {
        fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => isAddress(text)));
    });

    for (const text of [
        "",
        "10.0.0.11:22",
        "10.0.0.0/24",
        "[fd00::1]",
        "fe80::1%eth0",
        "10.0.0",
        "10.0.0.256",
        "010.0.0.1",
        "0x7f.0.0.1",
        " 10.0.0.1",
        "10.0.0.1\n",
        "fd00::1::2",
        "w1",
    ]) {
        it(`refuses ${JSON.stringify(text)}`, () => {
            assert.equal(isAddress(text), false);
        });
    }
});

describe("isDnsSubdomain", () => {
    for (const name of ["w1", "w-1", "1w", "w1.example.org", "a".repeat(63), "xn--bcher-kva.ch"]) {
        it(`takes ${name}`, () => {
            assert.equal(isDnsSubdomain(name), true);
        });
    }

    for (const name of [
        "",
        "W1",
        "-w1",
        "w1-",
        "w_1",
        "w1.",
        ".w1",
        "w1..x",
        "w 1",
        "w1\n",
        "*.w1",
        "bücher",
        "a".repeat(64),
        "a.".repeat(127),
        "w1/x",
        "$(id)",
    ]) {
        it(`refuses ${JSON.stringify(name)}`, () => {
            assert.equal(isDnsSubdomain(name), false);
        });
    }

    it("answers for a long name that almost fits, without trying every way to read it", () => {
        assert.equal(isDnsSubdomain(`${"a".repeat(250)}!`), false);
        assert.equal(isDnsSubdomain(`${"a-".repeat(120)}!`), false);
    });
});
