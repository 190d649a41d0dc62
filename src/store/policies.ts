import type { Queryable } from "./write-escalation.ts";

/** Policy texts by their content hash, and the last configuration that was good as a whole. */
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

export async function saveGoodConfig(db: Queryable, text: string, policyHash: string): Promise<void> {
  await db.query({
    text: `INSERT INTO good_config (one, text, policy_hash) VALUES (true, $1, $2)
      ON CONFLICT (one) DO UPDATE SET text = excluded.text, policy_hash = excluded.policy_hash, accepted_at = (SELECT db_now())`,
    values: [text, policyHash],
  });
}

export async function readGoodConfig(db: Queryable): Promise<string | null> {
  const { rows } = await db.query("SELECT text FROM good_config");
  return rows[0]?.text ?? null;
}

/** The same for whoever is about to replace it: one after the other. */
export async function takeGoodConfig(tx: Queryable): Promise<string | null> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('good_config', 42))");
  return readGoodConfig(tx);
}
