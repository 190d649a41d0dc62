import type { ActType } from "../../domain/acts/act.ts";
import { possibleActs, type Reader } from "../../domain/acts/all.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { abstain } from "./abstain.ts";
import type { SlackAct } from "./act.ts";
import { amend } from "./amend.ts";
import { answer } from "./answer.ts";
import { approve } from "./approve.ts";
import { ask } from "./ask.ts";
import { claim } from "./claim.ts";
import { confirm } from "./confirm.ts";
import { edit } from "./edit.ts";
import { extend } from "./extend.ts";
import { finish } from "./finish.ts";
import { flag } from "./flag.ts";
import { handBack } from "./hand-back.ts";
import { modify } from "./modify.ts";
import { raise } from "./raise.ts";
import { reject } from "./reject.ts";
import { release } from "./release.ts";
import { rollback } from "./rollback.ts";
import { takeOver } from "./take-over.ts";
import { withdraw } from "./withdraw.ts";

/** Every act of a person as Slack has it; one that lacks its row does not compile. */
const SLACK_ACTS: { [T in ActType]: SlackAct<T> } = {
  approve,
  answer,
  confirm,
  rollback,
  take_over: takeOver,
  finish,
  hand_back: handBack,
  reject,
  modify,
  amend,
  edit,
  ask,
  raise,
  claim,
  release,
  abstain,
  extend,
  withdraw,
  flag,
};

/** An act with its name, for whoever goes through them all. */
export type NamedAct = { [T in ActType]: { type: T } & SlackAct<T> }[ActType];
const NAMED = (Object.keys(SLACK_ACTS) as ActType[]).map((type) => ({ type, ...SLACK_ACTS[type] }) as NamedAct);

/** What can be done now, as it is drawn: beside the card or in its menu. */
export function actsToDraw(escalation: Escalation, place: "row" | "menu", reader: Reader | null = null): NamedAct[] {
  const possible = possibleActs(escalation, reader);
  const isFor = (act: NamedAct) => reader !== null || !(act.isPersonal?.(escalation) ?? false);
  return NAMED.filter((act) => act.place === place && possible.includes(act.type) && isFor(act));
}

/** The act of a button or of a menu's entry; `answer:yes` is the act `answer` with an option. */
export function actOfButton(actionId: string): { act: NamedAct; option: string | null } | null {
  const colon = actionId.indexOf(":");
  const name = colon < 0 ? actionId : actionId.slice(0, colon);
  const act = NAMED.find((one) => one.button === name);
  return act === undefined ? null : { act, option: colon < 0 ? null : actionId.slice(colon + 1) };
}

export const actOfForm = (callbackId: string): NamedAct | null => NAMED.find((one) => one.form?.id === callbackId) ?? null;

/** Every form that a submission can come from: the ones of single acts, and the one of several. */
export const FORM_IDS: readonly string[] = [...NAMED.flatMap(({ form }) => (form === undefined ? [] : [form.id])), "batch_modal"];
