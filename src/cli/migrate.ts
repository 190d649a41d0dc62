import { applicationRole, MIGRATIONS, migrate } from "../store/migrate.ts";
import { say as words } from "../words/en.ts";
import { reachDatabase } from "./database.ts";
import type { Cli } from "./output.ts";

/** `migrate`: applies what the database lacks, as the owner role. */
export async function migrateCommand({ settings, say }: Cli): Promise<void> {
  const reached = await reachDatabase(settings);
  try {
    const applied = await migrate(reached.ownerUrl, {
      dir: MIGRATIONS,
      appRole: applicationRole(reached),
      cell: settings.cell,
    });
    say(applied.length === 0 ? words.cli.migrate.nothing : applied.map(words.cli.migrate.applied).join("\n"));
  } finally {
    await reached.close();
  }
}
