import type { InputBlock, KnownBlock, ModalView } from "@slack/types";
import { own } from "../../domain/base/own.ts";
import { rulingOfStep } from "../../domain/life/steps.ts";
import { planOf } from "../../domain/shapes/canonical.ts";
import type { StepAnswer } from "../../domain/shapes/commands.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { type Refusal, refuse } from "../../domain/shapes/refusal.ts";
import { type PlanStep, paramsOf } from "../../domain/shapes/request.ts";
import { say } from "../../words/en.ts";
import { approvalEffect } from "../cards/confirm.ts";
import { stateLine, whyItAsks } from "../cards/decision.ts";
import { fieldsOf } from "../cards/parameters.ts";
import { coverage } from "../cards/plan.ts";
import { PLENTY } from "../cards/room.ts";
import { context, foreign, literal, plain, section } from "../text.ts";
import { bytesOf, modal, textInput, VIEW_BYTES_MAX } from "./frame.ts";
import { inFull } from "./in-full.ts";
import { type StateValues, textOf } from "./inputs.ts";
import { inputFor, isHeldExactly, readInput } from "./modify.ts";

/** The form in which people choose among the steps of a plan: each in full, a box to take it out, its parameters to change. */

/** Of the hundred blocks of a modal; whoever opens it from a list has the other answers below. */
const BLOCKS_MAX = 97;
/** Block ids have 255 characters. */
const NAME_MAX = 200;

export function planModal(escalation: Escalation): ModalView {
  const view = drawn(escalation);
  if (view === null) throw new Error("a plan that cannot be shown in full must not be approved or changed");
  return view;
}

/** Whoever approves a part has to have seen all of it. */
export const fitsPlan = (escalation: Escalation): boolean => drawn(escalation) !== null;

/** With as many inputs for parameters as there is room for: what has none stays as it is shown. */
function drawn(escalation: Escalation): ModalView | null {
  for (let names = editable(escalation).length; names >= 0; names--) {
    const blocks = blocksOf(escalation, editable(escalation).slice(0, names));
    if (blocks === null) return null;
    const { presentation } = escalation.ruling;
    const view = modal("plan_modal", say.modals.chooseSteps, presentation.buttons.approve, escalation, blocks);
    if (blocks.length <= BLOCKS_MAX && bytesOf(view) <= VIEW_BYTES_MAX) return view;
  }
  return null;
}

function blocksOf(escalation: Escalation, inputs: readonly Editable[]): KnownBlock[] | null {
  const { presentation } = escalation.ruling;
  const fields = inFull(
    fieldsOf(escalation).filter(({ name }) => !name.startsWith("/steps/")),
    BLOCKS_MAX,
  );
  const placeOf = (id: string) => escalation.steps.findIndex((one) => one.id === id);
  const shown = stepsIn(escalation).map((step) => stepBlocks(escalation, step, placeOf(step.id), inputs));
  if (fields === null || shown.some((one) => one === null)) return null;
  return [
    section(`*${literal(presentation.buttons.approve)}:* ${approvalEffect(escalation, true)}`),
    section(`*${literal(presentation.title)}*`),
    context(stateLine(escalation)),
    whyItAsks(escalation, PLENTY),
    ...fields,
    ...shown.flatMap((one) => one ?? []),
    context(coverage(escalation)),
    textInput("reason", say.modals.whyChange, { optional: true, hint: say.modals.agentReadsIt }),
  ];
}

const stepsIn = (escalation: Escalation): readonly PlanStep[] => planOf(escalation)?.steps ?? [];

function stepBlocks(escalation: Escalation, step: PlanStep, i: number, inputs: readonly Editable[]): KnownBlock[] | null {
  const ruled = rulingOfStep(escalation.ruling, step.id);
  const value = escalation.ruling.presentation.fields.find(({ name }) => name === `/steps/${step.id}`)?.value ?? "";
  const all = inFull([{ name: step.id, label: say.cards.step(i + 1), value }], BLOCKS_MAX);
  if (all === null) return null;
  const said = [
    ...(ruled.own === null ? [] : [`⚠ *${say.cards.asksForItself}* ${literal(ruled.own, 200)}`]),
    say.cards.agentCallsIt(literal(escalation.agentName), literal(step.title, 140)),
  ];
  return [
    ...all,
    context(said.join(" · ")),
    box(step.id, i),
    ...inputs.filter((one) => one.step.id === step.id).map((one) => inputOf(escalation, one, i)),
    textInput(`why:${step.id}`, say.modals.whyNotStep(i + 1), { optional: true, max_length: 300, multiline: false }),
  ];
}

function box(id: string, i: number): InputBlock {
  const option = { text: plain(say.modals.doStep(i + 1), 75), value: "yes" };
  return {
    type: "input",
    block_id: `step:${id}`,
    optional: true,
    label: plain(say.cards.step(i + 1)),
    element: { type: "checkboxes", action_id: `step:${id}`, options: [option], initial_options: [option] },
  };
}

type Editable = { step: PlanStep; name: string };

/** Every parameter with a form of the agent's, in order, that an input holds exactly. */
const editable = (escalation: Escalation): Editable[] =>
  stepsIn(escalation).flatMap((step) =>
    Object.entries(step.action.params_schema?.properties ?? {})
      .filter(([name, property]) => name.length <= NAME_MAX && isHeldExactly(property, own(paramsOf(step.action), name)))
      .map(([name]) => ({ step, name })),
  );

const idOf = ({ step, name }: Editable): string => `param:${step.id}:${name}`;

function inputOf({ ruling }: Escalation, one: Editable, i: number): InputBlock {
  const { params_schema: schema } = one.step.action;
  const property = own(schema?.properties ?? {}, one.name);
  if (schema === undefined || property === undefined) throw new Error(`no such parameter: ${one.name}`);
  const label = rulingOfStep(ruling, one.step.id).fields.find(({ name }) => name === one.name)?.label ?? foreign(one.name, 75);
  const isRequired = schema.required?.includes(one.name) ?? false;
  const value = own(paramsOf(one.step.action), one.name);
  return inputFor({ id: idOf(one), label: `${say.cards.step(i + 1)}: ${label}`, property, value, isRequired });
}

/** A step whose box was not sent with a mark is one that was taken out. */
export function readPlanForm(values: StateValues, escalation: Escalation): Record<string, StepAnswer> | Refusal {
  const inputs = editable(escalation);
  const answers = stepsIn(escalation).map((step): [string, StepAnswer] => {
    const id = `step:${step.id}`;
    const isChosen = (values[id]?.[id]?.selected_options ?? []).length > 0;
    if (!isChosen) return [step.id, { approved: false, reason: textOf(values, `why:${step.id}`) }];
    const read = inputs.filter((one) => one.step.id === step.id).flatMap((one) => readOne(values, one));
    return [step.id, { approved: true, params: read.length === 0 ? null : Object.fromEntries(read) }];
  });
  const unsaid = answers.filter(([, answer]) => !answer.approved && answer.reason === null);
  if (unsaid.length > 0)
    return refuse(
      "invalid_fields",
      say.refusals.acts.whyMissing,
      unsaid.map(([id]) => ({ field: `why:${id}`, detail: say.refusals.acts.whyMissing })),
    );
  return Object.fromEntries(answers);
}

function readOne(values: StateValues, one: Editable): [string, string | number | boolean | null][] {
  const property = own(one.step.action.params_schema?.properties ?? {}, one.name);
  if (property === undefined) return [];
  const read = readInput(values, idOf(one), property, own(paramsOf(one.step.action), one.name));
  return read === undefined ? [] : [[one.name, read]];
}
