import { z } from "zod";
import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";

const Burst = z.object({ since: z.date(), pages: z.int() });
export type Burst = z.infer<typeof Burst>;

const GOES_ON = "excluded.since - page_burst.since BETWEEN interval '0' AND make_interval(secs => $2)";

/** Counts one more page of a person. A burst lasts `windowS` from its first page; one that begins in the future is over. */
export async function countPage(db: Queryable, userId: string, windowS: number): Promise<Burst> {
  const { rows } = await db.query({
    name: "count_page",
    text: `INSERT INTO page_burst (workspace, user_id, since, pages) VALUES (${WORKSPACE}, $1, (SELECT db_now()), 1)
      ON CONFLICT (workspace, user_id) DO UPDATE SET
        since = CASE WHEN ${GOES_ON} THEN page_burst.since ELSE excluded.since END,
        pages = CASE WHEN ${GOES_ON} THEN page_burst.pages + 1 ELSE 1 END
      RETURNING since, pages`,
    values: [userId, windowS],
  });
  return Burst.parse(rows[0]);
}
