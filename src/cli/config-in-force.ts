import type pg from "pg";
import type { Directory } from "../domain/people/directory.ts";
import { parseConfig, readConfigFile } from "../settings/config.ts";
import { configPlace } from "../settings/config-place.ts";
import type { Settings } from "../settings/settings.ts";
import { readConfiguration } from "../store/configurations.ts";

/** What a running server goes by: the newest configuration in the database; before the first start, the file. */
export async function directoryInForce(pool: pg.Pool, settings: Settings): Promise<Directory | null> {
  const kept = await readConfiguration(pool);
  const read = kept === null ? readConfigFile(configPlace(settings).file) : parseConfig(kept.text, true);
  return read.ok ? read.config.directory : null;
}
