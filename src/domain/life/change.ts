import { artifactOf } from "../shapes/canonical.ts";
import type { Escalation } from "../shapes/escalation.ts";

/** What a person made of what was asked for: other parameters of an action, or another text. */
type Changed = Pick<Escalation, "request" | "subject" | "modification">;

/** The text as the agent wrote it and as it stands now; null where nobody has edited one. */
export function editOf({ request, subject }: Pick<Changed, "request" | "subject">): { before: string; after: string } | null {
  const after = artifactOf({ subject })?.content;
  if (after === undefined || !("artifact" in request)) return null;
  const before = request.artifact.content;
  return before === after ? null : { before, after };
}

export const isChanged = (escalation: Changed): boolean => escalation.modification.length > 0 || editOf(escalation) !== null;
