import type { ModalView } from "@slack/types";
import { formOf } from "../../domain/acts/modify.ts";
import type { HumanCommand } from "../../domain/shapes/commands.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { isRefusal, type Refusal, refuse } from "../../domain/shapes/refusal.ts";
import { isUnsure } from "../../engine/loops/patience.ts";
import { say } from "../../words/en.ts";
import { actOfForm } from "../acts/all.ts";
import { ANSWER_WITHIN_MS, within } from "../api/within.ts";
import { openTitleLinked } from "../cards/where.ts";
import { type BatchAnswer, blockIdOf as batchBlockOf, readBatchAnswer } from "../modals/batch.ts";
import { noticeModal } from "../modals/frame.ts";
import { wholeText } from "../modals/in-full.ts";
import type { StateValues } from "../modals/inputs.ts";
import { errorsByBlock, firstInputOf } from "../modals/modify.ts";
import type { SlackParts } from "../parts.ts";
import { asSeen, section } from "../text.ts";
import { keepShown, send } from "./clicks.ts";
import { loadTarget, readValue, refuseOpening, type Shown, type Target, whatWasSeen } from "./target.ts";
import { type Clicker, faultWords, tellClicker, tellFault, tellOutcome } from "./tell-clicker.ts";

/**
 * What a submitted modal does. The answer closes it, shows errors at its fields, or says in its place why it can go on no more.
 */
export type Submission = {
  viewId: string;
  callbackId: string;
  shown?: Shown;
  metadata: string;
  values: StateValues;
  userId: string;
  teamId: string;
};
export type SubmitAnswer =
  | { response_action: "errors"; errors: Record<string, string> }
  | { response_action: "update"; view: ModalView }
  | { response_action: "clear" }
  | undefined;

/** `refused`: in words, what was not done; told by itself where the form has no longer waited for it. */
type Became = { answer: SubmitAnswer; refused: string | null };

export async function onSubmit(parts: SlackParts, submission: Submission): Promise<SubmitAnswer> {
  const work = decideSubmission(parts, submission);
  const inForm = work.catch((error): Became => {
    parts.log.error({ err: error, modal: submission.callbackId, user: submission.userId }, "a submitted modal failed");
    return notice(faultWords(error));
  });
  // The decision itself goes on if it takes longer, and whoever waits hears of it when it fails.
  const became = await within(ANSWER_WITHIN_MS, inForm);
  if (became !== null) return withWritten(became.answer, submission);
  const clicker = clickerOf(submission);
  work.then(
    ({ refused }) => (refused === null ? undefined : tellClicker(parts, clicker, { detail: refused })),
    (error: unknown) => tellFault(parts, clicker, error),
  );
  const slow = noticeModal(say.clicks.notKnownYet, say.refusals.takesLonger);
  return withWritten({ response_action: "update", view: slow }, submission);
}

/** Whatever takes the place of a form in which somebody wrote at length gives it back to them. */
function withWritten(answer: SubmitAnswer, submission: Submission): SubmitAnswer {
  const written = writtenIn(submission);
  if (written === null || answer?.response_action !== "update" || answer.view.callback_id !== undefined) return answer;
  const { view } = answer;
  return {
    ...answer,
    view: { ...view, blocks: [...view.blocks, section(`*${say.modals.whatYouWrote}*`), ...wholeText(asSeen(written))] },
  };
}

const noteOf = (metadata: string): string => metadata.split(" ")[1] ?? "";
const writtenIn = ({ callbackId, values, metadata }: Submission): string | null =>
  actOfForm(callbackId)?.form?.written?.(values, noteOf(metadata)) ?? null;

const clickerOf = ({ userId, callbackId }: Submission): Clicker => ({
  userId,
  triggerId: null,
  origin: { on: "modal", callbackId },
});

const inPlace = (text: string): SubmitAnswer => ({
  response_action: "update",
  view: noticeModal(say.clicks.notDone, text),
});
const notice = (text: string): Became => ({ answer: inPlace(text), refused: text });

async function decideSubmission(parts: SlackParts, submission: Submission): Promise<Became> {
  if (submission.callbackId === "batch_modal") return decideBatch(parts, submission);
  const target = readValue(submission.metadata.split(" ")[0]);
  const escalation = await loadTarget(parts, target);
  if (isRefusal(escalation) || target === null) return notice(isRefusal(escalation) ? escalation.detail : say.clicks.damaged);
  const by = await parts.people.lookUp(submission.userId, submission.teamId);
  const seen = await whatWasSeen(
    parts,
    target,
    { on: "modal", callbackId: submission.callbackId, shown: submission.shown },
    submission.userId,
  );
  const command = commandOf(submission, escalation, { by, seen });
  const refusal = isRefusal(command) ? command : await send(parts, target, command);
  // The form that it was opened from, such as the full brief, shows what is no longer so.
  if (refusal === null) return { answer: { response_action: "clear" }, refused: null };
  const again = refusal.refused === "stale_version" ? await drawnAgain(parts, submission, by) : null;
  return { answer: again ?? refusalAnswer(refusal, escalation), refused: refusal.detail };
}

/** For whoever wrote while somebody else did, and may still: their own text in the form of what stands now. */
async function drawnAgain(parts: SlackParts, submission: Submission, by: HumanCommand["by"]): Promise<SubmitAnswer | null> {
  const act = actOfForm(submission.callbackId);
  const written = writtenIn(submission);
  const escalation = await loadTarget(parts, readValue(submission.metadata.split(" ")[0]));
  if (act?.form?.drawAgain === undefined || written === null || isRefusal(escalation)) return null;
  const refusal = await refuseOpening(parts, escalation, { type: act.type, by, version: escalation.version });
  if (refusal !== null) return null;
  const view = act.form.drawAgain(escalation, written);
  await keepShown(parts, [escalation], view, { userId: submission.userId, complete: true });
  return { response_action: "update", view };
}

/**
 * Each item for itself: one that can no longer be answered holds up none of the others, and the form tells what became of each.
 * Where the database fails, what was answered before counts, and what comes after is not tried.
 */
async function decideBatch(parts: SlackParts, submission: Submission): Promise<Became> {
  const refused: string[] = [];
  let answered = 0;
  for (const value of submission.metadata.split(" ")) {
    const target = readValue(value);
    const answer = target === null ? null : readBatchAnswer(submission.values, target.id);
    if (target === null || answer === null) continue;
    try {
      const refusal = await decideOne(parts, submission, target, answer);
      if (refusal === null) answered++;
      else refused.push(await named(parts, target, refusal));
    } catch (error) {
      parts.log.error({ err: error, escalation: target.id, user: submission.userId }, "a form of several stopped early");
      refused.push(isUnsure(error) ? say.refusals.notKnownYet : say.clicks.stoppedHere);
      if (isUnsure(error)) void tellOutcome(parts, clickerOf(submission), error, null);
      break;
    }
  }
  if (refused.length > 0) return notice(say.clicks.someRefused(answered, refused));
  if (answered > 0) return { answer: undefined, refused: null };
  const first = readValue(submission.metadata.split(" ")[0])?.id ?? "";
  const errors = { [batchBlockOf(first)]: say.modals.nothingAnswered };
  return { answer: { response_action: "errors", errors }, refused: say.modals.nothingAnswered };
}

async function decideOne(
  parts: SlackParts,
  { userId, teamId, shown }: Submission,
  target: Target,
  answer: BatchAnswer,
): Promise<Refusal | null> {
  // Looked up for each: what is known of a person grows old while the others are decided.
  const by = await parts.people.lookUp(userId, teamId);
  const seen = await whatWasSeen(parts, target, { on: "modal", callbackId: "batch_modal", shown }, userId);
  const person = { by, seen, reason: null };
  const approves = answer.verdict === "approve";
  return send(
    parts,
    target,
    approves ? { type: "approve", ...person } : { type: "reject", reasonCode: answer.reasonCode, ...person },
  );
}

/** Of several it says which. */
async function named(parts: SlackParts, target: Target, { detail }: Refusal): Promise<string> {
  const escalation = await loadTarget(parts, target).catch(() => null);
  return escalation === null || isRefusal(escalation) ? detail : say.clicks.about(openTitleLinked(escalation), detail);
}

/** Errors stand at their fields; anything else takes the place of the form. */
function refusalAnswer(refusal: Refusal, escalation: Escalation): SubmitAnswer {
  if (refusal.refused === "nothing_changed" && refusal.fields === undefined)
    return { response_action: "errors", errors: { [firstInputOf(escalation)]: refusal.detail } };
  if (refusal.fields === undefined || refusal.fields.length === 0) return inPlace(refusal.detail);
  const schema = formOf(escalation) ?? undefined;
  return { response_action: "errors", errors: errorsByBlock(schema, refusal.fields) };
}

function commandOf(
  { viewId, callbackId, values, metadata }: Submission,
  escalation: Escalation,
  person: Person,
): HumanCommand | Refusal {
  const said =
    actOfForm(callbackId)?.form?.read(values, escalation, noteOf(metadata)) ?? refuse("not_for_this_kind", say.acts.otherForm);
  return isRefusal(said) ? said : ({ ...said, ...person, submission: viewId } as HumanCommand);
}

type Person = Pick<HumanCommand, "by" | "seen">;
