import { listDeliveries, resendDelivery, skipDelivery } from "../engine/delivery/deliveries.ts";
import { say } from "../words/en.ts";
import { withPool } from "./database.ts";
import { noSuchCommand } from "./help.ts";
import { type Cli, CliError, table } from "./output.ts";

/** `deliveries [list | resend ID | skip ID]`: what is owed, and what was set aside. */
export async function deliveriesCommand({ args, settings, say: tell }: Cli): Promise<void> {
  const [verb = "list", id] = args;
  if (verb === "list") {
    const rows = await withPool(settings, (pool) => listDeliveries(pool));
    if (rows.length === 0) return tell(say.cli.deliveries.nothingOwed);
    const cells = rows.map((row) => [
      String(row.id),
      row.status,
      row.kind,
      row.escalationId ?? "–",
      String(row.attempts),
      row.lane,
      (row.lastError ?? "").slice(0, 70),
    ]);
    return tell(table([say.cli.deliveries.columns, ...cells]));
  }
  if (verb !== "resend" && verb !== "skip") throw noSuchCommand(verb, "deliveries");
  if (id === undefined || !/^\d+$/.test(id)) throw new CliError(say.operator.whichDelivery(verb));
  if (verb === "skip") {
    if (!(await withPool(settings, (pool) => skipDelivery(pool, Number(id))))) throw new CliError(say.operator.notOwed(id));
    return tell(say.operator.skipped(id));
  }
  if (!(await withPool(settings, (pool) => resendDelivery(pool, Number(id))))) throw new CliError(say.operator.notSetAside(id));
  tell(say.operator.resent(id));
}
