import { endsWhatWaits, type SessionKey, type SessionNote } from "../../domain/sessions/session.ts";
import { isRefusal } from "../../domain/shapes/refusal.ts";
import { listOpenInSession, markSettled } from "../../store/sessions.ts";
import { say } from "../../words/en.ts";
import { createSetBack, type SetBack } from "../commands/set-back.ts";
import type { Engine } from "../engine.ts";
import type { EngineParts } from "../parts.ts";
import { directSession } from "./direct.ts";

/**
 * What waits in a session that was ended, or told to plan anew, ends with it, and so does what waits in the sessions that work
 * for it: by whichever replica comes first. It is looked for for a minute: what another replica took in before it knew is found.
 */
const AT_ONCE = 200;
const SETTLES_S = 60;

type Parts = Pick<EngineParts, "pool" | "log" | "sessions" | "policies">;

export function createSettling(parts: Parts, engine: Pick<Engine, "handle">, stopping: () => boolean) {
  const setBack = createSetBack();
  return async (): Promise<void> => {
    const { loop } = parts.policies.current().source;
    for (const key of loop === undefined ? [] : parts.sessions.looping(loop.same_action_rejected)) {
      if (loop === undefined || parts.sessions.standing(key.agentId, key.id).isStopped) continue;
      await directSession(parts, key, { directive: loop.then, reason: say.reasons.loops(loop.same_action_rejected), by: null });
    }
    for (const note of [...parts.sessions.all()].filter(endsWhatWaits)) await settle(note, parts, engine, setBack, stopping);
  };
}

async function settle(
  note: SessionNote,
  parts: Parts,
  engine: Pick<Engine, "handle">,
  setBack: SetBack,
  stopping: () => boolean,
): Promise<void> {
  const except = setBack.except();
  // What an agent asks for after it has planned anew is what it was told to do.
  const before = note.directive === "replan" ? note.acknowledgedAt : null;
  let found = 0;
  for (const { agentId, id } of [note, ...workingFor(note, [...parts.sessions.all()])]) {
    const open = await listOpenInSession(parts.pool, { agentId, sessionId: id === "" ? null : id, before }, except, AT_ONCE);
    found += open.length;
    for (const one of open) {
      if (stopping()) return;
      try {
        const done = await engine.handle(
          one,
          { type: "terminate", reason: note.reason ?? "", userId: note.by },
          { kind: "system" },
        );
        setBack.moved(one);
        if (isRefusal(done))
          parts.log.warn({ escalation: one, refused: done.detail }, "what waited in a session that was ended could not be ended");
      } catch (error) {
        setBack.failed(one);
        parts.log.error(
          { err: error, escalation: one },
          "what waited in a session that was ended could not be ended; it is tried again",
        );
      }
    }
  }
  if (found === 0 && except.length === 0) await markSettled(parts.pool, note, SETTLES_S);
}

/** The sessions that work for it, and those that work for them; each once. */
function workingFor(first: SessionKey, all: readonly SessionNote[]): SessionNote[] {
  const found = new Set<SessionNote>();
  const worksFor = ({ agentId, id }: SessionKey) =>
    all.filter(({ parent }) => parent !== null && parent.agentId === agentId && (id === "" || parent.id === id));
  const left = worksFor(first);
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    if (found.has(one)) continue;
    found.add(one);
    left.push(...worksFor(one));
  }
  return [...found];
}
