import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chartPage } from "./chartValues";

// Writes docs/chart-values.md.
writeFileSync(join(__dirname, "..", "..", "docs", "chart-values.md"), chartPage());
