import assert from "node:assert/strict";
import fc from "fast-check";
import { identityOf, inventoryText } from "../../components/nodes/inventory";

describe("identityOf", () => {
    it("is the node's name and its host when no addresses are given", () => {
        assert.deepEqual(identityOf("w1", "10.0.0.12", undefined), {
            name: "w1",
            names: ["w1", "10.0.0.12"],
        });
    });

    it("does not contain the host when addresses are given: it may be a bastion's view", () => {
        assert.deepEqual(identityOf("w1", "203.0.113.9", ["10.0.0.12", "w1.example.org"]).names, [
            "w1",
            "10.0.0.12",
            "w1.example.org",
        ]);
    });

    it("writes each address once, in Go's spelling", () => {
        assert.deepEqual(
            identityOf("w1", "x", ["FD00:0::1", "::ffff:10.0.0.12", "fd00::1", "10.0.0.12", "w1"])
                .names,
            ["w1", "10.0.0.12", "fd00::1"],
        );
    });

    it("does not depend on the order of the addresses and leaves the given list alone", () => {
        const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
        fc.assert(
            fc.property(fc.array(address), fc.infiniteStream(fc.nat()), (addresses, random) => {
                const given = [...addresses];
                const shuffled = addresses
                    .map((value) => ({ value, at: Number(random.next().value) }))
                    .sort((a, b) => a.at - b.at)
                    .map(({ value }) => value);
                assert.deepEqual(identityOf("w1", "h", shuffled), identityOf("w1", "h", addresses));
                assert.deepEqual(addresses, given);
            }),
        );
    });
});

describe("inventoryText", () => {
    it("has one sorted line a node, the node's name first", () => {
        assert.equal(
            inventoryText([
                identityOf("w1", "10.0.0.12", undefined),
                identityOf("cp1", "x", ["fd00::11", "10.0.0.11", "a.example.org"]),
            ]),
            "cp1 10.0.0.11 a.example.org fd00::11\nw1 10.0.0.12",
        );
    });

    it("does not depend on the order of the nodes", () => {
        const nodes = fc.uniqueArray(fc.domain(), { maxLength: 6 });
        fc.assert(
            fc.property(nodes, (names) => {
                const all = names.map((name, index) =>
                    identityOf(name, `10.0.0.${index}`, undefined),
                );
                assert.equal(inventoryText([...all].reverse()), inventoryText(all));
            }),
        );
    });
});
