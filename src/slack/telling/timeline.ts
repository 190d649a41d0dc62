import type { StoredEntry } from "../../domain/consequences/audit.ts";
import type { Event } from "../../domain/shapes/events.ts";
import type { TimelineLine } from "../modals/details.ts";
import { escapeMrkdwn, mentions } from "../text.ts";
import { unanswered } from "./states.ts";

/** The audit entries of an escalation as a person reads them: when, what, who. */
const WORDS: Record<Event["type"], string> = {
  opened: "asked",
  voted: "voted",
  vote_withdrawn: "no longer approves",
  modified: "changed it",
  asked: "asked the agent",
  told: "the agent answered",
  raised: "escalated to a senior",
  taken_over: "took it over",
  handed_back: "handed it back",
  paged: "called",
  reminded: "reminded",
  batched: "put into a digest",
  claimed: "is on it",
  released: "is no longer on it",
  claim_lapsed: "nothing followed, the chain went on",
  extended: "put the deadline off",
  decided: "decided",
  timed_out: "nobody answered in time",
  transferred: "handed to another queue",
  reopened: "reopened: the world changed",
  resumed: "the agent resumed",
  regranted: "the agent resumed again",
  started: "the agent began",
  lease_extended: "the agent needs longer",
  lease_lapsed: "the agent went silent",
  reached: "the agent has the answer",
  reported: "the agent reported",
  reported_late: "the agent reported after the end",
  expired: "time ran out",
  cancelled: "withdrawn",
};

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
    const whom = body.user_ids === undefined ? "" : ` ${mentions(body.user_ids) || "nobody"}`;
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
