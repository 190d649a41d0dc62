import type { Queryable } from "./pool.ts";

/** Policy texts by their content hash. */
export async function savePolicy(db: Queryable, hash: string, source: string): Promise<void> {
  await db.query({
    text: "INSERT INTO policy_version (hash, source) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING",
    values: [hash, source],
  });
}

export async function readPolicy(db: Queryable, hash: string): Promise<string | null> {
  const { rows } = await db.query({ text: "SELECT source FROM policy_version WHERE hash = $1", values: [hash] });
  return rows[0]?.source ?? null;
}
