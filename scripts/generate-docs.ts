import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { generated } from "./generated.ts";

/** `node scripts/generate-docs.ts`: writes what is generated; `--check` only says what is stale (the tests do that in CI). */
const { values } = parseArgs({ options: { check: { type: "boolean" }, help: { type: "boolean", short: "h" } } });
if (values.help === true) {
  process.stdout.write("node scripts/generate-docs.ts [--check]\n");
  process.exit(0);
}
for (const [file, text] of Object.entries(await generated())) {
  let before = "";
  try {
    before = readFileSync(file, "utf8");
  } catch {
    // A file that is not there yet is stale as well.
  }
  if (before === text) continue;
  if (values.check === true) {
    process.stderr.write(`${file} is stale: node scripts/generate-docs.ts\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
    process.stdout.write(`wrote ${file}\n`);
  }
}
