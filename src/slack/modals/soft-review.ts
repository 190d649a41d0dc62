import type { ModalView } from "@slack/types";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { say } from "../../words/en.ts";
import { meanwhileLine } from "../cards/meanwhile.ts";
import { escapeMrkdwn, literal, section } from "../text.ts";
import { modal, TITLE_MAX, textInput } from "./frame.ts";
import { inFullBlocks } from "./modals.ts";

/** The forms in which people confirm what is done already, or have it undone. */
export function confirmModal(escalation: Escalation): ModalView {
  const name = escalation.ruling.review?.buttons.confirm ?? say.acts.confirm;
  return modal("confirm_modal", say.modals.reviewInFull, name, escalation, [
    section(`*${escapeMrkdwn(name)}:* ${say.acts.confirmDoes}`),
    section(meanwhileLine(escalation)),
    ...inFullBlocks(escalation, say.modals.everythingDone),
  ]);
}

export const nameOfRollback = ({ ruling }: Escalation): string =>
  (ruling.review?.buttons.rollback ?? say.acts.rollback).replace(/…$/, "");

/** What nobody has begun has nothing to be undone. */
export const rollbackEffect = ({ ruling, execution }: Escalation): string =>
  execution === null ? say.cards.neverBegins : say.cards.undoneBy(escapeMrkdwn(ruling.review?.undo ?? ""));

export function rollbackModal(escalation: Escalation): ModalView {
  const name = nameOfRollback(escalation);
  const submit = name.length <= TITLE_MAX ? name : say.acts.rollback;
  return modal("rollback_modal", submit, submit, escalation, [
    section(`*${escapeMrkdwn(name)}:* ${rollbackEffect(escalation)}`),
    section(`*${literal(escalation.ruling.presentation.title)}*`),
    section(meanwhileLine(escalation)),
    textInput("reason", say.modals.whyRollback, { hint: say.modals.agentReadsIt }),
  ]);
}
