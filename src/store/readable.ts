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

export type Page = { id: string; created_at: Date; deadline: Date }[];

/**
 * As many as were asked for, or all there are: whoever takes a page that is not full for the last one must not be stopped by a
 * row that was left out.
 */
export async function fill<At>(
  limit: number,
  read: (after: At, limit: number) => Promise<Page>,
  first: At,
  placeOf: (row: Page[number]) => At,
  leftOut: LeftOut,
): Promise<Escalation[]> {
  const found: Escalation[] = [];
  for (let after = first; ; ) {
    const wanted = limit - found.length;
    const rows = await read(after, wanted);
    found.push(...parseReadable(rows, leftOut));
    const last = rows.at(-1);
    if (last === undefined || rows.length < wanted || found.length === limit) return found;
    after = placeOf(last);
  }
}
