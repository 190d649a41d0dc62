import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Settings } from "./settings.ts";

/** Which configuration file a start would use; the CLI checks the same. With the local Slack and no file: the example we ship. */
export type ConfigPlace = { file: string; example: boolean };
const EXAMPLE = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "countersign.example.yaml");

export function configPlace(settings: Settings): ConfigPlace {
  const example = settings.slack.mode === "local" && !settings.configGiven && !existsSync(settings.configPath);
  return { file: example ? EXAMPLE : settings.configPath, example };
}
