import type { Escalation } from "../domain/shapes/escalation.ts";
import { parseEscalation } from "./escalation-row.ts";

/** Lists of escalations: a row that this version cannot read, a newer one or a damaged one, hides none of the others. */

/** Told of each row that is left out. */
export type LeftOut = (id: string, error: unknown) => void;

export function parseReadable(rows: readonly { id: string }[], leftOut: LeftOut): Escalation[] {
  return rows.flatMap((row) => {
    try {
      return [parseEscalation(row)];
    } catch (error) {
      leftOut(row.id, error);
      return [];
    }
  });
}
