import type { App } from "./app.ts";

/** Moves the database's clock to the next given London hour of a weekday (0 = Sunday). */
export async function goTo(app: App, weekday: number, hour: number): Promise<void> {
  const { rows } = await app.db.pool.query("SELECT db_now() AT TIME ZONE 'Europe/London' AS local");
  const local = new Date(`${rows[0].local.toISOString().slice(0, 19)}Z`);
  const days = (weekday - local.getUTCDay() + 7) % 7;
  const ahead = days * 86_400_000 + (hour - local.getUTCHours()) * 3_600_000;
  await app.db.shiftClock(ahead > 0 ? ahead : ahead + 7 * 86_400_000);
}
