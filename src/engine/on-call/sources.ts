import type { Pool } from "pg";
import { quoted } from "../../domain/base/inert.ts";
import { onCallAlarm } from "../../domain/consequences/house-alarms.ts";
import { isFetched, whoIsOnCall } from "../../domain/on-call/roster.ts";
import type { Override } from "../../domain/on-call/rotation.ts";
import type { Source } from "../../domain/people/directory.ts";
import { beginAsking, endOverrides, insertOverride, saveAnswer, saveFault } from "../../store/on-call.ts";
import { inTransaction } from "../../store/pool.ts";
import { readNow } from "../../store/read-escalations.ts";
import { clearAlarm, ringAlarm } from "../alarms.ts";
import { appendToStream } from "../append-to-stream.ts";
import type { EngineParts } from "../parts.ts";

/** Asks the sources of who is on call that live elsewhere, and keeps their answers; sets and ends overrides. */
export type SourceAnswer = { ok: true; userIds: string[]; until: Date | null; unmatched: string[] } | { ok: false; why: string };
export type AskSource = (source: Source) => Promise<SourceAnswer>;

const ASK_EVERY_S = 60;

/**
 * One pass: each source is asked by one replica, once a minute. An unreachable one keeps its last answer, and an alarm rings
 * once.
 */
export async function askOnCall(parts: EngineParts, ask: AskSource): Promise<void> {
  const sources = [...parts.directory().onCall];
  await Promise.all(
    sources.map(([name, source]) => (isFetched(source) ? askOne(parts, ask, name, source) : keepOwn(parts, name))),
  );
  await parts.roster.refresh();
}

async function askOne(parts: EngineParts, ask: AskSource, name: string, source: Source): Promise<void> {
  if (!(await beginAsking(parts.pool, name, ASK_EVERY_S))) return;
  const answer = harmless(
    await ask(source).catch((error: unknown): SourceAnswer => {
      parts.log.error({ err: error, source: name }, "an on-call source could not be asked");
      return { ok: false, why: "it could not be asked" };
    }),
  );
  if (!answer.ok) {
    await saveFault(parts.pool, name, answer.why);
    await ringAlarm(parts, { kind: "on_call_silent", source: name, why: answer.why });
    return;
  }
  const known = answer.userIds.filter((userId) => parts.directory().reviewers.has(userId));
  await saveAnswer(parts.pool, name, known, answer.until);
  if (answer.unmatched.length === 0) await clearAlarm(parts, onCallAlarm(name));
  else await ringAlarm(parts, { kind: "on_call_strangers", source: name, names: answer.unmatched });
}

const WORDS_MAX = 80;

/**
 * Whatever somebody outside wrote is said in alarms and notes: nothing hides in it or becomes a mention, and it crowds nothing
 * out.
 */
function harmless(answer: SourceAnswer): SourceAnswer {
  const words = (text: string) => quoted(text, WORDS_MAX);
  return answer.ok ? { ...answer, unmatched: [...new Set(answer.unmatched.map(words))] } : { ok: false, why: words(answer.why) };
}

/** What we compute ourselves is kept as well, when it changes: it is the last known answer should the source leave the file. */
async function keepOwn(parts: EngineParts, name: string): Promise<void> {
  const { userIds } = whoIsOnCall(parts.directory(), parts.roster.current(), name, await readNow(parts.pool));
  const kept = parts.roster.current().kept.get(name)?.userIds ?? null;
  if (kept === null || kept.join() !== userIds.join()) await saveAnswer(parts.pool, name, userIds, null);
}

/** From now on, for a time: written down with who set it. Newer overrides go before older ones. */
export async function setOverride(
  parts: Pick<EngineParts, "pool" | "roster">,
  source: string,
  userId: string,
  seconds: number,
  setBy: string,
): Promise<Override> {
  const override = await inTransaction(parts.pool, async (tx) => {
    const from = await readNow(tx);
    const until = new Date(from.getTime() + seconds * 1000);
    await insertOverride(tx, source, { userId, from, until }, setBy);
    await appendToStream(tx, "oncall", {
      event: "override_set",
      source,
      user_id: userId,
      from: from.toISOString(),
      until: until.toISOString(),
      set_by: setBy,
    });
    return { userId, from, until };
  });
  await parts.roster.refresh();
  return override;
}

/** Ends every override of a source; how many there were. */
export async function clearOverrides(
  parts: { pool: Pool; roster: EngineParts["roster"] },
  source: string,
  by: string,
): Promise<number> {
  const ended = await inTransaction(parts.pool, async (tx) => {
    const count = await endOverrides(tx, source);
    if (count > 0) await appendToStream(tx, "oncall", { event: "overrides_ended", source, count, by });
    return count;
  });
  await parts.roster.refresh();
  return ended;
}
