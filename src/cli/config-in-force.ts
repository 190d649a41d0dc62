import type pg from "pg";
import type { Directory } from "../domain/people/directory.ts";
import { parseConfig, readConfigFile } from "../settings/config.ts";
import { configPlace } from "../settings/config-place.ts";
import type { Settings } from "../settings/settings.ts";
import { readGoodConfig } from "../store/policies.ts";

/** What a running server goes by: the last good configuration, which is kept in the database; before the first start, the file. */
export async function directoryInForce(pool: pg.Pool, settings: Settings): Promise<Directory | null> {
  const kept = await readGoodConfig(pool);
  const read = kept === null ? readConfigFile(configPlace(settings).file) : parseConfig(kept, true);
  return read.ok ? read.config.directory : null;
}
