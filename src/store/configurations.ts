import { z } from "zod";
import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";

/**
 * The configurations that were accepted, numbered without a gap and never changed; the newest is in force on every replica. A
 * text is whole: a replica takes it from here without any file of its own.
 */
export type StoredConfiguration = { number: number; digest: string; text: string };
/** `settled`: it was accepted long enough ago for every replica's own file to have followed. */
export type NewestConfiguration = { number: number; digest: string; settled: boolean };

const Newest = z.object({ number: z.int(), digest: z.string(), settled: z.boolean() });
const Stored = z.object({ number: z.int(), digest: z.string(), text: z.string() });

export async function readNewestConfiguration(db: Queryable, settledAfterS: number): Promise<NewestConfiguration | null> {
  const { rows } = await db.query({
    name: "newest_configuration",
    text: `SELECT number, digest, accepted_at <= (SELECT db_now()) - make_interval(secs => $1) AS settled
      FROM configuration WHERE workspace = ${WORKSPACE} ORDER BY number DESC LIMIT 1`,
    values: [settledAfterS],
  });
  return Newest.nullish().parse(rows[0]) ?? null;
}

export async function readConfiguration(db: Queryable): Promise<StoredConfiguration | null> {
  const { rows } = await db.query(`SELECT number, digest, text FROM configuration WHERE workspace = ${WORKSPACE}
    ORDER BY number DESC LIMIT 1`);
  return Stored.nullish().parse(rows[0]) ?? null;
}

/** The last number under which a text was in force; null for a text that never was. */
export async function findConfiguration(db: Queryable, digest: string): Promise<number | null> {
  const { rows } = await db.query({
    text: `SELECT max(number) AS number FROM configuration WHERE workspace = ${WORKSPACE} AND digest = $1`,
    values: [digest],
  });
  return z.object({ number: z.int().nullable() }).parse(rows[0]).number;
}

/** False when the number was taken meanwhile: somebody accepted another one, which has to be looked at first. */
export async function insertConfiguration(tx: Queryable, row: StoredConfiguration & { policyHash: string }): Promise<boolean> {
  const { rowCount } = await tx.query({
    text: `INSERT INTO configuration (workspace, number, digest, text, policy_hash) VALUES (${WORKSPACE}, $1, $2, $3, $4)
      ON CONFLICT (workspace, number) DO NOTHING`,
    values: [row.number, row.digest, row.text, row.policyHash],
  });
  return rowCount === 1;
}

/** Policy texts by their content hash. */
export async function savePolicy(db: Queryable, hash: string, source: string): Promise<void> {
  await db.query({
    text: `INSERT INTO policy_version (workspace, hash, source) VALUES (${WORKSPACE}, $1, $2)
      ON CONFLICT (workspace, hash) DO NOTHING`,
    values: [hash, source],
  });
}

export async function readPolicy(db: Queryable, hash: string): Promise<string | null> {
  const { rows } = await db.query({
    text: `SELECT source FROM policy_version WHERE workspace = ${WORKSPACE} AND hash = $1`,
    values: [hash],
  });
  return rows[0]?.source ?? null;
}
