import type { StoredEntry } from "../../domain/consequences/audit.ts";
import type { Event } from "../../domain/shapes/events.ts";
import { say } from "../../words/en.ts";
import type { TimelineLine } from "../modals/details.ts";
import { escapeMrkdwn, mentions } from "../text.ts";
import { unanswered } from "./states.ts";

/** The audit entries of an escalation as a person reads them: when, what, who. */
const WORDS: Record<Event["type"], string> = say.thread.timeline;

type Body = {
  at: string;
  event: Event["type"];
  actor: { kind: string; userId?: string };
  verdict?: string;
  decision?: string | null;
  outcome?: string;
  label?: string;
  user_ids?: string[];
};

export function timelineOf(entries: readonly StoredEntry[]): TimelineLine[] {
  let takenOverBy: string | null = null;
  return entries.map((entry) => {
    const body = JSON.parse(entry.body) as Body;
    takenOverBy = holderAfter(body, takenOverBy);
    const who = body.actor.kind === "human" ? `<@${body.actor.userId}> ` : "";
    const did = body.event === "timed_out" ? unanswered(takenOverBy) : WORDS[body.event];
    const what = body.verdict ?? body.decision ?? body.outcome ?? body.label;
    const whom = body.user_ids === undefined ? "" : ` ${mentions(body.user_ids) || say.thread.nobody}`;
    return {
      at: new Date(body.at),
      words: `${who}${did}${whom}${what ? ` (${escapeMrkdwn(what.replaceAll("_", " "))})` : ""}`,
    };
  });
}

/** Who has the task after this entry: a new round asks everybody again. */
function holderAfter({ event, actor }: Body, before: string | null): string | null {
  if (event === "taken_over") return actor.userId ?? null;
  return event === "handed_back" || event === "transferred" || event === "reopened" ? null : before;
}
