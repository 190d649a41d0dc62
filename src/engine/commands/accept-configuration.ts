import type { Pool, PoolClient } from "pg";
import type { Directory } from "../../domain/people/directory.ts";
import { type DirectoryChange, directoryChanges } from "../../domain/people/directory-change.ts";
import { type Policy, policySourceText } from "../../domain/policy/compile.ts";
import { readHead } from "../../store/audit.ts";
import { findConfiguration, insertConfiguration, savePolicy } from "../../store/configurations.ts";
import { inTransaction } from "../../store/pool.ts";
import { sha256 } from "../agents.ts";
import { appendToStream } from "../append-to-stream.ts";

/** A configuration that was read and is good. */
export type ReadConfiguration = { text: string; policy: Policy; directory: Directory };
/** The newest one as it was read, which the next must follow; `null`: it can't be read any more. */
export type Predecessor = { number: number; is: ReadConfiguration | null };

export const configurationDigest = (text: string): string => sha256(text).toString("hex");

/**
 * Whether a text is an edit, to be put in force, rather than what is or once was. `alone`: nobody else runs on the database, so
 * whatever the one file says is an edit.
 */
export async function isNews(pool: Pool, { text }: { text: string }, newest: string | null, alone: boolean): Promise<boolean> {
  const digest = configurationDigest(text);
  return digest !== newest && (alone || (await findConfiguration(pool, digest)) === null);
}

/**
 * Puts a configuration in force on every replica, under the number after the one that was read; null when another one took that
 * number meanwhile. A policy that was not in force before goes into the audit stream `policy`, and whatever changed about who may
 * decide into `reviewers`.
 */
export async function acceptConfiguration(
  pool: Pool,
  next: ReadConfiguration,
  before: Predecessor | null,
  by: string | null,
): Promise<number | null> {
  const number = (before?.number ?? 0) + 1;
  return inTransaction(pool, async (tx) => {
    const { version } = next.policy;
    await savePolicy(tx, version, policySourceText(next.policy));
    const row = { number, digest: configurationDigest(next.text), text: next.text, policyHash: version };
    if (!(await insertConfiguration(tx, row))) return null;
    const adopted = { configuration: number, policy_version: version };
    if (before?.is?.policy.version !== version)
      await appendToStream(tx, "policy", { event: "policy_adopted", ...adopted }, { by });
    const changes = await changesSince(tx, before, next.directory);
    if (changes.length > 0)
      await appendToStream(tx, "reviewers", { event: "directory_changed", configuration: number, changes }, { by });
    return number;
  });
}

/** All of it where nothing was ever written down, or what was can't be compared. */
async function changesSince(tx: PoolClient, before: Predecessor | null, now: Directory): Promise<DirectoryChange[]> {
  const begun = (await readHead(tx, "reviewers")).seq > 0;
  return directoryChanges(begun ? (before?.is?.directory ?? null) : null, now);
}
