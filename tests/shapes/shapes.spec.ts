import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Row, withRow } from "../support/documentTable";
import { REPOSITORY } from "../support/localStack";
import { threeControlPlanes } from "./threeControlPlanes";
import { promises } from "./promises";
import { SHAPES } from "./shapes";
import { COLUMNS } from "./columns";

/** `npm run docs:clusters` sets it: what was seen goes into the table, once everything was seen. */
const WRITE = process.env["WRITE_CLUSTERS_TABLE"] === "true";
const DOCUMENT = join(REPOSITORY, "docs", "clusters.md");

for (const shape of SHAPES) {
    describe(`on a cluster with ${shape.name}, with the real engine`, function () {
        const row: Row = {};

        promises(shape, row, shape.cluster.controlPlanes === 3 ? threeControlPlanes : undefined);

        after(function () {
            const failed = this.test?.parent?.tests.some(({ state }) => state !== "passed");
            if (WRITE && failed === false) {
                writeFileSync(DOCUMENT, withRow(readFileSync(DOCUMENT, "utf8"), COLUMNS, row));
            }
        });
    });
}
