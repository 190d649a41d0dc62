import type { Escalation } from "../../domain/shapes/escalation.ts";
import { say } from "../../words/en.ts";
import { headline, whatBecameOfIt } from "../cards/ended.ts";
import { openLiteral } from "../cards/notification.ts";
import { escapeMrkdwn } from "../text.ts";
import { endWords } from "./states.ts";

/** The end of it, as its card says it; of what is guarded no value, because they need not be among those who may read it. */
export function requesterLine(after: Escalation): string {
  const ended = after.decision === null && after.endedReason !== null ? endWords(after.endedReason) : headline(after);
  const ran = whatBecameOfIt(after);
  const became = [ended, ...(ran === null ? [] : [ran])].join("\n");
  return say.thread.toRequester(escapeMrkdwn(after.agentName), `*${openLiteral(after)}*`, became);
}
