import { decideForPerson } from "../acts/all.ts";
import { flagBy } from "../acts/flag.ts";
import { pagingDue } from "../paging/run.ts";
import type { Requester } from "../people/requester.ts";
import type { AgentCommand, Command, Surroundings } from "../shapes/commands.ts";
import type { Escalation } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { isRefusal, type Refusal } from "../shapes/refusal.ts";
import {
  cancel,
  endWithoutExecution,
  isExecutable,
  refuseOwnReview,
  report,
  reportStep,
  tell,
  terminate,
  withdraw,
} from "./agent.ts";
import { evolve } from "./evolve.ts";
import { resume } from "./resume.ts";
import { settled } from "./soft-review.ts";
import { tick } from "./time.ts";

/**
 * Nothing but rules: an escalation and a command in, events or a refusal out. No clock, no I/O, no randomness of its own.
 * An empty list means that the command has already taken effect and gets the same answer again.
 */
export function decide(escalation: Escalation, command: Command, around: Surroundings): Event[] | Refusal {
  const events = decideCommand(escalation, command, around);
  return isRefusal(events) ? events : withConsequences(escalation, events, around);
}

/**
 * Whatever was decided: if people are still waited for afterwards, the pages that are due belong to the same commit, and so does
 * the end of a soft review whose answer and report have met.
 */
function withConsequences(escalation: Escalation, events: Event[], around: Surroundings): Event[] {
  const after = events.reduce((current, event) => evolve(current, event, around.now), escalation);
  const more = [...pagingDue(after, around), ...settled(after)];
  return more.length === 0 ? events : [...events, ...more];
}

function decideCommand(escalation: Escalation, command: Command, around: Surroundings): Event[] | Refusal {
  switch (command.type) {
    case "tell":
    case "resume":
    case "report":
    case "report_step":
    case "cancel":
      return refuseOwnReview(escalation) ?? decideForAgent(escalation, command, around);
    case "retire":
      return withdraw(escalation, command.reason, "house");
    case "terminate":
      return terminate(escalation, command.reason, command.userId);
    case "flag_by_machine":
      return flagBy(escalation, { machine: command.name }, command.text);
    case "inform":
      return inform(escalation, command.text, around.now);
    case "requester_looked_up":
      return keepRequester(escalation, command.requester);
    case "tick":
      return tick(escalation, around);
    case "callback_received":
      return callbackReceived(escalation, command.round);
    default:
      return decideForPerson(escalation, command, around);
  }
}

function decideForAgent(escalation: Escalation, command: AgentCommand, around: Surroundings): Event[] | Refusal {
  switch (command.type) {
    case "tell":
      return tell(escalation, command, around);
    case "resume":
      return resume(escalation, command, around);
    case "report":
      return report(escalation, command, around);
    case "report_step":
      return reportStep(escalation, command, around);
    case "cancel":
      return cancel(escalation, command);
  }
}

/** What becomes known to the house is put before whoever still has to answer. */
function inform(escalation: Escalation, text: string, now: Date): Event[] {
  if (escalation.state !== "paused_pending_human") return [];
  return [{ type: "told", message: { from: "agent", userId: null, text, at: now } }];
}

/** Once: what it was then is what people decide on. What has ended needs to know no more. */
function keepRequester({ requester, endedAt }: Escalation, found: Requester): Event[] {
  if (requester !== null || endedAt !== null) return [];
  return [{ type: found === "nobody" ? "requester_unknown" : "requester_confirmed" }];
}

/** A 2xx to the callback means the agent has the answer that was in it; only what leaves nothing to execute ends by it. */
function callbackReceived(escalation: Escalation, round: number): Event[] {
  if (escalation.state !== "human_responded" || escalation.round !== round || isExecutable(escalation)) return [];
  return [{ type: "reached", via: "callback", claimId: null, endedReason: endWithoutExecution(escalation) }];
}
