import { z } from "zod";
import type { Head } from "../domain/audit/chain.ts";
import type { HouseRows } from "../domain/audit/house.ts";
import type { DecisionRow, VoteRow } from "../domain/audit/replay.ts";
import { Vote as CastVote } from "../domain/shapes/escalation.ts";
import { DECISION_SOURCES, DECISION_TYPES, TIERS } from "../domain/shapes/vocabulary.ts";
import { storedStream, streamStored } from "./audit.ts";
import type { Queryable } from "./pool.ts";
import { WORKSPACE } from "./workspace.ts";

/** What the audit log is held against: everything that must have entries, and what they should add up to. */
const Vote = z.object({
  id: z.string(),
  round: z.int(),
  version: z.int(),
  userId: z.string(),
  teamId: z.string(),
  verdict: CastVote.shape.verdict,
  at: z.date(),
});
const Decision = z.object({
  id: z.string(),
  round: z.int(),
  type: z.enum(DECISION_TYPES),
  source: z.enum(DECISION_SOURCES),
  tier: z.enum(TIERS),
  decidedAt: z.date(),
});

/** What people said and what was decided, as it stands in rows of its own. */
export async function readSaid(
  db: Queryable,
  ids: readonly string[],
): Promise<{ votes: Map<string, VoteRow[]>; decisions: Map<string, DecisionRow[]> }> {
  const votes = await db.query({
    text: `SELECT escalation_id AS id, round, version, user_id AS "userId", team_id AS "teamId", verdict, at FROM vote
      WHERE workspace = ${WORKSPACE} AND escalation_id = ANY($1::text[])`,
    values: [ids],
  });
  const decisions = await db.query({
    text: `SELECT escalation_id AS id, round, type, source, tier, decided_at AS "decidedAt" FROM decision
      WHERE workspace = ${WORKSPACE} AND escalation_id = ANY($1::text[])`,
    values: [ids],
  });
  const byId = (row: { id: string }) => row.id;
  return {
    votes: Map.groupBy(z.array(Vote).parse(votes.rows), byId),
    decisions: Map.groupBy(z.array(Decision).parse(decisions.rows), byId),
  };
}

/** Where the names of streams stand: entries, and whatever should have some. */
const NAMED = [
  ["stream", "audit_entry"],
  ["stream", "audit_head"],
  ["id", "opened"],
  ["id", "live"],
  ["id", "ended"],
  ["escalation_id", "vote"],
  ["escalation_id", "decision"],
] as const;
const named = ([column, table]: (typeof NAMED)[number]): string =>
  `(SELECT DISTINCT ${column} AS name FROM ${table} WHERE workspace = ${WORKSPACE} AND ${column} > $1
    ORDER BY 1 LIMIT $2)`;

/** Names of streams after the given one, in the order of the database, for walking all of them in pages. */
export async function listStreams(db: Queryable, after: string, limit: number): Promise<string[]> {
  const { rows } = await db.query({
    name: "audit_names",
    text: `SELECT name FROM (${NAMED.map(named).join(" UNION ")}) AS names ORDER BY name LIMIT $2`,
    values: [storedStream(after), limit],
  });
  return rows.map((row) => streamStored(row.name as string));
}

/** The same of what was open or changed since then, and of the streams of the house. */
export async function listStreamsSince(db: Queryable, since: Date, after: string, limit: number): Promise<string[]> {
  const { rows } = await db.query({
    name: "audit_names_since",
    text: `SELECT name FROM ((SELECT stream AS name FROM audit_head WHERE workspace = ${WORKSPACE} AND stream > $1)
      UNION (SELECT id FROM live WHERE workspace = ${WORKSPACE} AND id > $1 ORDER BY 1 LIMIT $2)
      UNION (SELECT id FROM ended WHERE workspace = ${WORKSPACE} AND id > $1 AND updated_at >= $3
        ORDER BY 1 LIMIT $2)) AS names ORDER BY name LIMIT $2`,
    values: [storedStream(after), limit, since],
  });
  return rows.map((row) => streamStored(row.name as string));
}

const HeadRow = z.object({ stream: z.string(), seq: z.int(), hash: z.string() });

/** Where the streams of the house end. */
export async function readHouseHeads(db: Queryable): Promise<Map<string, Head>> {
  const { rows } = await db.query(
    `SELECT stream, seq, encode(hash, 'hex') AS hash FROM audit_head WHERE workspace = ${WORKSPACE}`,
  );
  return new Map(
    z
      .array(HeadRow)
      .parse(rows)
      .map(({ stream, ...head }) => [stream, head]),
  );
}

const House = z.object({
  policies: z.array(z.object({ hash: z.string(), intact: z.boolean() })),
  configurations: z.array(z.object({ number: z.int(), policy: z.string(), intact: z.boolean() })),
  agents: z.array(z.object({ id: z.string(), revoked: z.boolean() })),
  overrides: z.int(),
});

/** What the streams of the house tell of, as it stands in tables: texts are compared with their digests right there. */
export async function readHouse(db: Queryable): Promise<HouseRows> {
  const { rows } = await db.query(`SELECT
    (SELECT coalesce(json_agg(json_build_object('hash', hash,
      'intact', hash = 'sha256:' || encode(sha256(convert_to(source, 'UTF8')), 'hex'))), '[]') FROM policy_version
      WHERE workspace = ${WORKSPACE}) AS policies,
    (SELECT coalesce(json_agg(json_build_object('number', number, 'policy', policy_hash,
      'intact', digest = encode(sha256(convert_to(text, 'UTF8')), 'hex')) ORDER BY number), '[]') FROM configuration
      WHERE workspace = ${WORKSPACE}) AS configurations,
    (SELECT coalesce(json_agg(json_build_object('id', id, 'revoked', revoked_at IS NOT NULL)), '[]') FROM agent
      WHERE workspace = ${WORKSPACE}) AS agents,
    (SELECT count(*)::int FROM on_call_override
      WHERE workspace = ${WORKSPACE}) AS overrides`);
  return House.parse(rows[0]);
}
