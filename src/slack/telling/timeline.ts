import { tellOf } from "../../domain/audit/replay.ts";
import { readBody, type StoredEntry } from "../../domain/audit/stored.ts";
import type { Vote } from "../../domain/shapes/escalation.ts";
import type { Event } from "../../domain/shapes/events.ts";
import type { PagingPlan } from "../../domain/shapes/paging.ts";
import { say } from "../../words/en.ts";
import type { TimelineLine } from "../modals/details.ts";
import { escapeMrkdwn, mentions } from "../text.ts";
import { unanswered } from "./states.ts";

/** The audit entries of an escalation as a person reads them: when, what, who. */
const WORDS: Record<Event["type"], string> = say.thread.timeline;
const VERDICTS: Record<Vote["verdict"], string> = say.thread.line.verdicts;

/** `by`: the person who did it; null for the agent and the policy. */
type Line = {
  event: Event["type"];
  by: string | null;
  verdict?: Vote["verdict"];
  decision?: Vote["verdict"];
  outcome?: string;
  label?: string;
};

export function timelineOf(entries: readonly StoredEntry[]): TimelineLine[] {
  let takenOverBy: string | null = null;
  let chain: PagingPlan["chain"] = [];
  return tellOf(entries).map(({ entry, body, at, actor }) => {
    chain = chainIn(entry) ?? chain;
    const by = typeof actor === "string" ? null : actor.user_id;
    const label = body.step === undefined ? undefined : (chain[body.step]?.label ?? say.paging.everybody);
    const line = { ...body, by, ...(label === undefined ? {} : { label }) } as unknown as Line;
    takenOverBy = holderAfter(line, takenOverBy);
    const what = whatOf(line);
    const whom = body.user_ids === undefined ? "" : ` ${mentions(body.user_ids) || say.thread.nobody}`;
    return {
      at: new Date(at),
      words: `${whoDid(line)}${didWhat(line, takenOverBy)}${whom}${what ? ` (${escapeMrkdwn(what.replaceAll("_", " "))})` : ""}`,
    };
  });
}

/** Whom it pages from this entry on, where it says so: the labels of the steps stand in no body. */
function chainIn({ content }: StoredEntry): PagingPlan["chain"] | undefined {
  const { ruling, to } = (readBody(content ?? "") ?? {}) as Partial<Record<"ruling" | "to", { paging?: PagingPlan | null }>>;
  const ruled = ruling ?? to;
  return ruled === undefined ? undefined : (ruled.paging?.chain ?? []);
}

/** Whoever answers may set off a page, but it is the policy that pages. */
const whoDid = ({ by, event }: Line): string => (by !== null && event !== "paged" ? `<@${by}> ` : "");

function didWhat({ event, verdict }: Line, takenOverBy: string | null): string {
  if (event === "timed_out") return unanswered(takenOverBy);
  return (event === "voted" || event === "abstained") && verdict !== undefined ? VERDICTS[verdict] : WORDS[event];
}

function whatOf({ event, verdict, decision, outcome, label }: Line): string | undefined {
  if (event === "voted" || event === "abstained" || event === "modified" || event === "edited") return undefined;
  const answer = verdict ?? decision ?? null;
  return answer === null ? (outcome ?? label) : VERDICTS[answer];
}

const isNewRound = (event: Event["type"]): boolean => event === "transferred" || event === "reopened" || event === "restored";

/** Who has the task after this entry: a new round asks everybody again. */
function holderAfter({ event, by }: Line, before: string | null): string | null {
  if (event === "taken_over") return by;
  return event === "handed_back" || isNewRound(event) ? null : before;
}
