import { authoriseMember } from "../../domain/people/authority.ts";
import { queuesOf } from "../../domain/people/directory.ts";
import { isRefusal } from "../../domain/shapes/refusal.ts";
import { say } from "../../words/en.ts";
import type { SlackParts } from "../parts.ts";

/** Who typed a command, and what they may see. */
export type Asked = { text: string; userId: string; teamId: string };

/** The queues whose members the asker belongs to; a refusal sentence for everybody else. */
export async function ownQueues(parts: SlackParts, asked: Asked): Promise<string[] | string> {
  const person = await parts.people.lookUp(asked.userId, asked.teamId);
  const queues = queuesOf(parts.directory(), asked.userId);
  const first = queues[0];
  if (first === undefined) return say.commands.notReviewer;
  const member = authoriseMember(parts.directory(), first, person);
  return isRefusal(member) ? member.detail : queues;
}
