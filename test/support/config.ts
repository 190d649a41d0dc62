import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** The example's configuration with limits of its own, in a file of that folder. Without any: so wide that no test or benchmark meets them. */
export function configWithLimits(folder: string, limits = NONE_MET): string {
  const file = path.join(folder, "countersign.yaml");
  writeFileSync(file, `${readFileSync("countersign.example.yaml", "utf8")}\nlimits: ${limits}\n`);
  return file;
}

const NONE_MET =
  "{ agent: { submits_per_minute: 1000000, burst: 100000, open: 1000000, messages_per_minute: 100000 }, queue: { open: 1000000 } }";
