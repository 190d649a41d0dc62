import { say } from "../../words/en.ts";
import { type Refusal, refuse } from "../shapes/refusal.ts";
import { DIRECTIVES, type Directive, type TAINTS } from "../shapes/vocabulary.ts";

/**
 * A session is a run of one agent, by the agent's own name for it. It exists by that name in requests; a note is kept only where
 * there is something to say of it.
 */
export type SessionKey = { agentId: string /** Empty: the agent as a whole. */; id: string };
export type Taint = { kind: (typeof TAINTS)[number]; source: string };
export type SessionNote = SessionKey & {
  directive: Directive;
  reason: string | null;
  /** Null where the policy said so. */
  by: string | null;
  at: Date | null;
  /** When the agent said that it knows. */
  acknowledgedAt: Date | null;
  /** When all that had waited was ended. */
  settledAt: Date | null;
  taints: readonly Taint[];
  /** The session for which this one works. */
  parent: SessionKey | null;
};

/** How it stands with a session: the strictest that anybody said of it, of its agent, or of those for whom it works. */
export type Standing = { told: SessionNote | null; directive: Directive; isStopped: boolean; taints: readonly Taint[] };

/** As deep as sub-agents of sub-agents are looked at. */
const DEPTH_MAX = 8;

type NoteOf = (key: SessionKey) => SessionNote | null;

/** `parent`: as a request names it, where that may not be noted yet. */
export function standingOf(noteOf: NoteOf, agentId: string, sessionId: string | null, parent: SessionKey | null): Standing {
  const notes = [...chainOf(noteOf, { agentId, id: sessionId ?? "" }), ...(parent === null ? [] : chainOf(noteOf, parent))];
  const told = notes.reduce<SessionNote | null>(
    (worst, one) => (worst === null || weight(one) > weight(worst) ? one : worst),
    null,
  );
  const isStopped = told !== null && stops(told);
  const taints = [...new Map(notes.flatMap((one) => one.taints).map((one) => [`${one.kind} ${one.source}`, one])).values()];
  return { told, directive: told?.directive ?? "continue", isStopped, taints };
}

/** The session, its agent, and so on with the session for which it works: nobody can be asked for ever. */
function chainOf(noteOf: NoteOf, first: SessionKey): SessionNote[] {
  const notes: SessionNote[] = [];
  let key: SessionKey | null = first;
  for (let depth = 0; key !== null && depth < DEPTH_MAX; depth++) {
    const own: SessionNote | null = key.id === "" ? null : noteOf(key);
    const agents = noteOf({ agentId: key.agentId, id: "" });
    notes.push(...[own, agents].filter((one) => one !== null));
    key = own?.parent ?? null;
  }
  return notes;
}

/** A plan that was told to be made anew is made anew once the agent says that it knows. */
const stops = ({ directive, acknowledgedAt }: SessionNote): boolean =>
  directive === "replan" ? acknowledgedAt === null : directive !== "continue";

/** What stops goes before what does not; of two that do not, a note goes before nothing. */
const weight = (note: SessionNote): number =>
  (stops(note) ? 10 : 0) + DIRECTIVES.indexOf(note.directive) + (note.reason === null ? 0 : 0.5);

/** Why nothing new is taken from it, and nothing handed out to it; null = it may go on. */
export function refuseStopped({ told, isStopped }: Standing): Refusal | null {
  if (told === null || !isStopped) return null;
  return refuse("session_stopped", say.refusedCalls.sessionStopped(told.directive, told.reason ?? ""));
}

const TAINTS_MAX = 50;
/** With those that are new. Where there are too many, one more of a kind that is there already says nothing more. */
export function withTaints(before: readonly Taint[], added: readonly Taint[]): Taint[] {
  const all = [...before];
  for (const { kind, source } of added) {
    const isFull = all.length >= TAINTS_MAX && all.some((one) => one.kind === kind);
    if (!isFull && !all.some((one) => one.kind === kind && one.source === source)) all.push({ kind, source });
  }
  return all;
}

/** Why the same act is not asked about once more, where the policy says so. */
export function refuseLoop(
  loop: { same_action_rejected: number; then: Directive } | undefined,
  session: { rejected: { times: number } | null } | undefined,
): Refusal | null {
  const times = session?.rejected?.times ?? 0;
  if (loop === undefined || times < loop.same_action_rejected) return null;
  return refuse("session_stopped", say.refusedCalls.sessionStopped(loop.then, say.reasons.loops(times)));
}

/** Whether what waits in it is to be ended. */
export const endsWhatWaits = ({ directive, settledAt }: SessionNote): boolean =>
  settledAt === null && (directive === "terminate" || directive === "replan");
