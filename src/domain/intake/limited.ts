import type { AgentCommand } from "../shapes/commands.ts";
import type { Escalation } from "../shapes/escalation.ts";

/**
 * Whether a command of an agent counts against what it may send a minute. What ends something or fetches a decision never does:
 * an agent that is slowed down must still be able to finish what it has begun. The same report or withdrawal once more is only
 * noise.
 */
export function isLimited(command: AgentCommand, escalation: Pick<Escalation, "endedAt">): boolean {
  switch (command.type) {
    case "resume":
      return false;
    case "tell":
      return true;
    case "report":
    case "report_step":
    case "cancel":
      return escalation.endedAt !== null;
    default: {
      const missing: never = command;
      return missing;
    }
  }
}
