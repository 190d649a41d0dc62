import { applicationRole, MIGRATIONS, migrate } from "../store/migrate.ts";
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
    say(applied.length === 0 ? "Nothing to apply." : applied.map((name) => `applied ${name}`).join("\n"));
  } finally {
    await reached.close();
  }
}
