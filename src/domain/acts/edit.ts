import { say } from "../../words/en.ts";
import { editableText } from "../base/inert.ts";
import { kindOf } from "../kinds/all.ts";
import { refuseUnconfirmedRequester, refuseUnknownRequester } from "../people/requester.ts";
import { artifactOf, digestOf } from "../shapes/canonical.ts";
import type { Escalation } from "../shapes/escalation.ts";
import { type Refusal, refuse } from "../shapes/refusal.ts";
import { ARTIFACT_CHARS_MAX } from "../shapes/request.ts";
import type { Act } from "./act.ts";
import { decidedIfLast, voteOf } from "./vote.ts";

const NOT_EDITABLE: Refusal = refuse("not_for_this_kind", say.refusals.acts.notEditable);

/** Another text in the place of the agent's. Like a change of parameters it counts as its author's approval of it. */
export const edit: Act<"edit"> = {
  by: "voter",
  opens: "form",
  refuse: (escalation) => (kindOf(escalation).change === "edit" ? refuseUnknownRequester(escalation) : NOT_EDITABLE),
  decide(escalation, command, around) {
    const before = artifactOf(escalation);
    if (before === null) return NOT_EDITABLE;
    if (!command.seen.complete) return refuse("cannot_show", say.refusals.acts.textNotSeenInFull);
    const content = typedFor(before.content, command.content);
    const refusal = refuseContent(before.content, content) ?? refuseUnconfirmedRequester(escalation);
    if (refusal !== null) return refusal;
    const artifact = { ...before, content };
    const by = command.by.userId;
    const version = escalation.version + 1;
    const vote = voteOf(command, "edit", around.now, version);
    const actionDigest = digestOf(artifact);
    const after: Escalation = {
      ...escalation,
      subject: { kind: "artifact", artifact },
      actionDigest,
      modifiedBy: by,
      version,
      votes: [],
    };
    return [
      { type: "edited", by, artifact, actionDigest, vote, drawing: command.seen.drawing },
      ...decidedIfLast(after, vote, around),
    ];
  },
};

/** A form knows one kind of line break; a text that has the other one throughout keeps it. */
function typedFor(before: string, typed: string): string {
  const text = typed.toWellFormed().replaceAll("\u0000", "").replaceAll("\r\n", "\n");
  return /\r\n/.test(before) && !/(?<!\r)\n/.test(before) ? text.replaceAll("\n", "\r\n") : text;
}

function refuseContent(before: string, content: string): Refusal | null {
  const { textMissing, textTooLong, writeText, textUnchanged } = say.refusals.acts;
  const at = (detail: string) => [{ field: "content", detail }];
  if (content.trim() === "") return refuse("invalid_fields", textMissing, at(writeText));
  if (content.length > ARTIFACT_CHARS_MAX) {
    const detail = textTooLong(content.length, ARTIFACT_CHARS_MAX);
    return refuse("invalid_fields", detail, at(detail));
  }
  // What the form left out because nobody can see it is no change of anybody's, and neither are blanks around it.
  const same = editableText(content).trim() === editableText(before).trim();
  return same ? refuse("nothing_changed", textUnchanged, at(textUnchanged)) : null;
}
