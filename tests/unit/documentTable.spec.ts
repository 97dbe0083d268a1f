import assert from "node:assert/strict";
import { withRow as written, type Row } from "../support/documentTable";

const COLUMNS = ["cluster", "Kubernetes", "nodes"];
const withRow = (text: string, row: Row): string => written(text, COLUMNS, row);

const HEAD = `| ${COLUMNS.join(" | ")} |\n|${" --- |".repeat(COLUMNS.length)}`;

describe("a table in docs that a run writes", () => {
    it("gets a new row at its end", () => {
        const text = withRow(`before\n\n${HEAD}\n\nafter\n`, { cluster: "dual stack" });
        assert.match(text, /^before\n\n\| cluster .*\n\| --- .*\n\| dual stack \|.*\|\n\nafter\n$/);
    });

    it("replaces the row of the same name and leaves the others", () => {
        const one = withRow(withRow(`${HEAD}\n`, { cluster: "a" }), { cluster: "b" });
        const two = withRow(one, { cluster: "a", Kubernetes: "v1.37.2" });
        assert.equal(two.split("\n").filter((line) => line.startsWith("| a |")).length, 1);
        assert.match(two, /^\| a \| v1\.37\.2 \|/m);
        assert.match(two, /^\| b \|/m);
    });

    it("keeps a cell on one line and escapes bars", () => {
        const text = withRow(`${HEAD}\n`, { cluster: "a", nodes: "one\ntwo | three" });
        assert.match(text, /one two \\\| three/);
    });

    it("refuses a document without the table", () => {
        assert.throws(() => withRow("nothing here", { cluster: "a" }), /has no table/);
    });
});
