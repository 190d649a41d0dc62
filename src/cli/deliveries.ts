import { listDeliveries, resendDelivery } from "../engine/delivery/deliveries.ts";
import { withPool } from "./database.ts";
import { noSuchCommand } from "./help.ts";
import { type Cli, CliError, table } from "./output.ts";

/** `deliveries [list | resend ID]`: what is owed, and what was set aside. */
export async function deliveriesCommand({ args, settings, say }: Cli): Promise<void> {
  const [verb = "list", id] = args;
  if (verb === "list") {
    const rows = await withPool(settings, (pool) => listDeliveries(pool));
    if (rows.length === 0) return say("Nothing is owed; everything has been delivered.");
    const cells = rows.map((row) => [
      String(row.id),
      row.status,
      row.kind,
      row.escalationId ?? "–",
      String(row.attempts),
      row.lane,
      (row.lastError ?? "").slice(0, 70),
    ]);
    return say(table([["ID", "STATUS", "KIND", "ESCALATION", "TRIES", "LANE", "LAST ERROR"], ...cells]));
  }
  if (verb !== "resend") throw noSuchCommand(verb, "deliveries");
  if (id === undefined || !/^\d+$/.test(id)) throw new CliError("Which one? countersign deliveries resend ID");
  const done = await withPool(settings, (pool) => resendDelivery(pool, Number(id)));
  if (!done) throw new CliError(`${id} is not set aside (uncertain or dead). See: countersign deliveries`);
  say(`${id} is owed again; a running server sends it within a second.`);
}
