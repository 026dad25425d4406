/** Writes docs/conditions.md from src/api/conditions.ts. */
import { writeFileSync } from "node:fs";
import { conditionsDocument } from "../src/cli/docs.ts";

writeFileSync(new URL("../docs/conditions.md", import.meta.url), conditionsDocument());
