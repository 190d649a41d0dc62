import type { StoredEntry } from "../../domain/consequences/audit.ts";
import type { Vote } from "../../domain/shapes/escalation.ts";
import type { Event } from "../../domain/shapes/events.ts";
import { say } from "../../words/en.ts";
import type { TimelineLine } from "../modals/details.ts";
import { escapeMrkdwn, mentions } from "../text.ts";
import { unanswered } from "./states.ts";

/** The audit entries of an escalation as a person reads them: when, what, who. */
const WORDS: Record<Event["type"], string> = say.thread.timeline;
const VERDICTS: Record<Vote["verdict"], string> = say.thread.line.verdicts;

type Body = {
  at: string;
  event: Event["type"];
  actor: { kind: string; userId?: string };
  verdict?: Vote["verdict"];
  decision?: Vote["verdict"] | null;
  outcome?: string;
  label?: string;
  user_ids?: string[];
};

export function timelineOf(entries: readonly StoredEntry[]): TimelineLine[] {
  let takenOverBy: string | null = null;
  return entries.map((entry) => {
    const body = JSON.parse(entry.body) as Body;
    takenOverBy = holderAfter(body, takenOverBy);
    const what = whatOf(body);
    const whom = body.user_ids === undefined ? "" : ` ${mentions(body.user_ids) || say.thread.nobody}`;
    return {
      at: new Date(body.at),
      words: `${whoDid(body)}${didWhat(body, takenOverBy)}${whom}${what ? ` (${escapeMrkdwn(what.replaceAll("_", " "))})` : ""}`,
    };
  });
}

/** Whoever answers may set off a page, but it is the policy that pages. */
const whoDid = ({ actor, event }: Body): string => (actor.kind === "human" && event !== "paged" ? `<@${actor.userId}> ` : "");

function didWhat(body: Body, takenOverBy: string | null): string {
  if (body.event === "timed_out") return unanswered(takenOverBy);
  return body.event === "voted" && body.verdict !== undefined ? VERDICTS[body.verdict] : WORDS[body.event];
}

function whatOf({ event, verdict, decision, outcome, label }: Body): string | undefined {
  if (event === "voted" || event === "modified") return undefined;
  const answer = verdict ?? decision ?? null;
  return answer === null ? (outcome ?? label) : VERDICTS[answer];
}

const isNewRound = (event: Event["type"]): boolean => event === "transferred" || event === "reopened" || event === "restored";

/** Who has the task after this entry: a new round asks everybody again. */
function holderAfter({ event, actor }: Body, before: string | null): string | null {
  if (event === "taken_over") return actor.userId ?? null;
  return event === "handed_back" || isNewRound(event) ? null : before;
}
