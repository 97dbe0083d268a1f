import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import {
    nameConstraintsOf,
    permits,
    permitsAddress,
} from "../../components/shared/nameConstraints";
import { certificate } from "../scripts/support/certificates";

const NAME = "metrics-server.kube-system.svc";

/** What is read of a real CA certificate with these constraints, as OpenSSL takes them. */
function constraints(text?: string) {
    const extensions = text === undefined ? [] : [`nameConstraints=${text}`];
    const { certificate: pem } = certificate({ subject: "/CN=limited", ca: true, extensions });
    return nameConstraintsOf(new X509Certificate(pem));
}

function permitted(text: string, name = NAME): boolean {
    const read = constraints(text);
    assert.ok(read !== undefined, text);
    return permits(read, name);
}

function permittedAddress(text: string, address: string): boolean {
    const read = constraints(text);
    assert.ok(read !== undefined, text);
    return permitsAddress(read, address);
}

describe("the name constraints of a CA about addresses", () => {
    const TEN = "IP:10.0.0.0/255.0.0.0";
    const ULA = "IP:fd00::/ffff:ff00::";

    it("permit a range, and nothing beside it", () => {
        assert.equal(permittedAddress(`permitted;${TEN}`, "10.255.0.1"), true);
        assert.equal(permittedAddress(`permitted;${TEN}`, "11.0.0.1"), false);
        assert.equal(permittedAddress(`permitted;${ULA}`, "fd00:0:1::5"), true);
        assert.equal(permittedAddress(`permitted;${ULA}`, "fd00:1ff::"), false);
        assert.equal(permittedAddress(`permitted;${ULA}`, "fe80::1"), false);
    });

    it("of one kind permit no address of the other, as Go has it", () => {
        assert.equal(permittedAddress(`permitted;${TEN}`, "fd00::5"), false);
        assert.equal(permittedAddress(`permitted;${ULA}`, "10.0.0.5"), false);
        assert.equal(permittedAddress(`permitted;${TEN},permitted;${ULA}`, "fd00::5"), true);
    });

    it("exclude what they exclude, and say nothing where they are about names", () => {
        assert.equal(permittedAddress(`excluded;${TEN}`, "10.0.0.5"), false);
        assert.equal(permittedAddress(`excluded;${TEN}`, "192.0.2.1"), true);
        assert.equal(permittedAddress(`excluded;${TEN}`, "fd00::5"), true);
        assert.equal(permittedAddress("permitted;DNS:svc", "10.0.0.5"), true);
    });
});

describe("the name constraints of a CA", () => {
    it("are none in most of them", () => {
        assert.equal(constraints(), undefined);
    });

    it("permit a domain and all below it, whatever the letters' case", () => {
        assert.equal(permitted("critical,permitted;DNS:kube-system.svc"), true);
        assert.equal(permitted("permitted;DNS:KUBE-SYSTEM.SVC"), true);
        assert.equal(permitted(`permitted;DNS:${NAME}`), true);
        assert.equal(permitted("permitted;DNS:svc", "svc"), true);
        assert.equal(permitted("permitted;DNS:.svc"), true);
        assert.equal(permitted("permitted;DNS:.svc", "svc"), false);
    });

    it("permit nothing beside it, and no domain that only ends alike", () => {
        assert.equal(permitted("critical,permitted;DNS:company.example"), false);
        assert.equal(permitted("permitted;DNS:system.svc"), false);
        assert.equal(permitted("permitted;DNS:svc", "metrics-server"), false);
    });

    it("exclude what they exclude, also inside of what they permit", () => {
        assert.equal(permitted("excluded;DNS:company.example"), true);
        assert.equal(permitted("excluded;DNS:svc"), false);
        assert.equal(permitted("permitted;DNS:svc,excluded;DNS:kube-system.svc"), false);
    });

    it("say nothing about DNS names when they are about addresses only", () => {
        assert.equal(permitted("critical,permitted;IP:10.0.0.0/255.0.0.0"), true);
        assert.equal(permitted("permitted;email:company.example"), true);
    });

    it("are read as those of all kinds, and of the kinds that Go does not know only when they are critical", () => {
        assert.deepEqual(
            constraints(
                "critical,permitted;DNS:svc,permitted;IP:10.0.0.0/255.0.0.0,excluded;DNS:a",
            ),
            {
                permitted: ["svc"],
                excluded: ["a"],
                permittedRanges: [
                    { address: Buffer.from([10, 0, 0, 0]), mask: Buffer.from([255, 0, 0, 0]) },
                ],
                excludedRanges: [],
                unknown: false,
            },
        );
        assert.equal(constraints("critical,permitted;RID:1.2.3.4")?.unknown, true);
        assert.equal(constraints("permitted;RID:1.2.3.4")?.unknown, false);
    });
});
