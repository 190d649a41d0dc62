import type pg from "pg";
import { dispositionOf } from "../domain/consequences/api-shape.ts";
import type { Escalation } from "../domain/shapes/escalation.ts";
import { knownAgents } from "../engine/agents.ts";
import type { Engine } from "../engine/engine.ts";
import type { OwnWork } from "../local/agents/desk.ts";
import { say } from "../words/en.ts";

const SHOWN_OF_AN_AGENT = 5;

/** What agents other than the samples have asked for lately, newest first, each with the call that comes next. */
export async function readOwnWork(
  { engine, pool, apiUrl, keys }: { engine: Engine; pool: pg.Pool; apiUrl: string; keys: Readonly<Record<string, string>> },
  samples: readonly string[],
): Promise<OwnWork[]> {
  const agents = (await knownAgents(pool)).filter(({ name, revokedAt }) => revokedAt === null && !samples.includes(name));
  const all = { state: null, sessionId: null, actionType: null, queue: null, idempotencyKey: null, after: null };
  const lists = await Promise.all(agents.map(({ id }) => engine.list(id, { ...all, limit: SHOWN_OF_AN_AGENT })));
  return lists
    .flatMap(({ items }) => items)
    .filter((one) => one.reviewOf === null)
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
    .slice(0, SHOWN_OF_AN_AGENT)
    .map((one) => ({
      id: one.id,
      agent: one.agentName,
      title: one.ruling.presentation.title,
      state: one.endedReason ?? one.state,
      next: nextCall(one, apiUrl, keys[one.agentName] ?? "csk_…"),
    }));
}

function nextCall(one: Escalation, url: string, key: string): OwnWork["next"] {
  const { next } = say.curls;
  const disposition = dispositionOf(one);
  switch (disposition) {
    case "wait":
    case "stop":
      return { words: next.wait, command: say.curls.wait(url, key, one.id) };
    case "proceed":
    case "proceed_pending_review":
      return { words: next.claim, command: say.curls.resume(url, key, one.id) };
    case "resume":
      return { words: next.resume, command: say.curls.resume(url, key, one.id) };
    case "claimed":
      return { words: next.outcome, command: say.curls.outcome(url, key, one.id, one.actionDigest) };
    case "done":
      return null;
    default:
      return disposition satisfies never;
  }
}
