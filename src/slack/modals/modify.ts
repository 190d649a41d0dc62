import type { InputBlock, KnownBlock, ModalView, PlainTextOption } from "@slack/types";
import { exactText } from "../../domain/base/inert.ts";
import { own } from "../../domain/base/own.ts";
import { formatNumber } from "../../domain/policy/template.ts";
import { actionOf, type CanonicalAction } from "../../domain/shapes/canonical.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import type { FieldError } from "../../domain/shapes/refusal.ts";
import { type ParamSchema, type ParamsSchema, paramsOf, submittedAction } from "../../domain/shapes/request.ts";
import { say } from "../../words/en.ts";
import { foreign, literal, plain, section } from "../text.ts";
import { modal, TITLE_MAX, textInput } from "./frame.ts";
import { inFull, shown } from "./in-full.ts";
import type { StateValues } from "./inputs.ts";

/** The Modify form, made from the agent's own `params_schema`. Labels come from the policy where it has one. */
const FIELDS_MAX = 60;
const BLOCKS_MAX = 95;
/** What a text input takes. */
const TEXT_MAX = 3000;
const NUMBER_MAX = 60;
/** With a comma at every thousand and nowhere else: "1,5" is no number here. */
const SEPARATED = /^-?\d{1,3}(,\d{3})+(\.\d+)?$/;
/** Block ids have 255 characters; a longer name is known by its place. */
export const blockIdOf = (schema: ParamsSchema, name: string): string =>
  name.length <= 200 ? `param:${name}` : `param:#${Object.keys(schema.properties).indexOf(name)}`;

/**
 * Every parameter is on the form: as an input where an input holds its value exactly, else in full as something that stays as it
 * is.
 */
export function modifyModal(escalation: Escalation): ModalView {
  const schema = schemaOf(escalation);
  const params = paramsOf(toChange(escalation));
  const names = editableNames(escalation);
  const fixed = fixedFields(escalation, names);
  const { presentation } = escalation.ruling;
  const blocks: KnownBlock[] = [
    section(`*${say.modals.approveChanged}:* ${say.modals.changedEffect(presentation.effects.modify)}`),
    section(`*${literal(presentation.title)}*`),
    ...names.map((name) => input(escalation, schema, name, own(params, name))),
    textInput("reason", say.modals.whyChange, { optional: true, hint: say.modals.agentReadsIt }),
    ...(fixed.length === 0 ? [] : [section(`*${say.modals.staysAsItIs}*`), ...shown(inFull(fixed, BLOCKS_MAX - names.length))]),
  ];
  const title = presentation.buttons.modify.replace(/…$/, "");
  const named = title.length <= TITLE_MAX ? title : say.modals.changeAndApprove;
  return modal("modify_modal", named, say.modals.approveChanged, escalation, blocks);
}

/** Whoever changes a part approves the whole: what the form cannot show in full cannot be changed either. */
export function fitsModify(escalation: Escalation): boolean {
  const names = editableNames(escalation);
  return inFull(fixedFields(escalation, names), BLOCKS_MAX - names.length) !== null;
}

function schemaOf({ request }: Escalation): ParamsSchema {
  const schema = submittedAction(request)?.params_schema;
  if (schema === undefined) throw new Error("an action without params_schema has no Modify form");
  return schema;
}

function toChange(escalation: Escalation): CanonicalAction {
  const action = actionOf(escalation);
  if (action === null) throw new Error("only an action has parameters to change");
  return action;
}

const fixedFields = ({ ruling }: Escalation, editable: readonly string[]) =>
  ruling.presentation.fields.filter((field) => !editable.includes(field.name));

/** In the order of the card; what has no value yet follows by its name. */
function editableNames(escalation: Escalation): string[] {
  const schema = schemaOf(escalation);
  const current = paramsOf(toChange(escalation));
  const order = escalation.ruling.presentation.fields.map((field) => field.name);
  const placeOf = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return (
    Object.entries(schema.properties)
      // Names that begin with a slash are those of our own fields, such as the target.
      .filter(([name, property]) => !name.startsWith("/") && isHeldExactly(property, own(current, name)))
      .map(([name]) => name)
      .sort((a, b) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1))
      .slice(0, FIELDS_MAX)
  );
}

/** Whether the input for it would show this very value, and give it back. */
export function isHeldExactly(p: ParamSchema, value: unknown): boolean {
  if (p.enum !== undefined && !p.enum.every((one) => isShownWhole(String(one)))) return false;
  if (value === undefined || value === null) return true;
  if (p.enum !== undefined) return p.enum.includes(value as never);
  if (p.type === "boolean") return typeof value === "boolean";
  if (p.type === "integer") return Number.isSafeInteger(value);
  if (p.type === "number") return typeof value === "number" && /^-?\d+(\.\d+)?$/.test(String(value));
  return typeof value === "string" && value.length <= TEXT_MAX && exactText(value) === value;
}

/** Options hold 75 characters; two that are cut alike could not be told apart. */
const isShownWhole = (option: string): boolean => option.length <= 75 && exactText(option) === option;

function input(escalation: Escalation, schema: ParamsSchema, name: string, value: unknown): InputBlock {
  const property = own(schema.properties, name);
  if (property === undefined) throw new Error(`no such parameter: ${name}`);
  const field = escalation.ruling.presentation.fields.find((one) => one.name === name);
  const named = field?.label ?? foreign(property.title ?? name, 75);
  const label = field?.unit === undefined ? named : say.modals.withUnit(named, field.unit);
  const isRequired = schema.required?.includes(name) ?? false;
  return inputFor({ id: blockIdOf(schema, name), label, property, value, isRequired });
}

type Input = { id: string; label: string; property: ParamSchema; value: unknown; isRequired: boolean };

export function inputFor({ id, label, property, value, isRequired }: Input): InputBlock {
  const hint = hintOf(property);
  return {
    type: "input",
    block_id: id,
    label: plain(label, 2000),
    optional: !isRequired,
    element: elementOf(id, property, value),
    ...(hint === "" ? {} : { hint: plain(hint, 2000) }),
  };
}

function hintOf(p: ParamSchema): string {
  const number = p.type === "number" || p.type === "integer";
  const limits = [
    p.minimum === undefined || !number ? "" : say.modals.atLeast(formatNumber(p.minimum)),
    p.maximum === undefined || !number ? "" : say.modals.atMost(formatNumber(p.maximum)),
    p.minLength === undefined ? "" : say.modals.atLeast(say.modals.characters(p.minLength)),
    p.maxLength === undefined ? "" : say.modals.atMost(say.modals.characters(p.maxLength)),
  ].filter((part) => part !== "");
  if (p.default !== undefined) limits.push(say.modals.leftEmpty(foreign(String(p.default), 100)));
  const described = p.description === undefined ? "" : foreign(p.description, 300);
  return [described, limits.join(", ")].filter((part) => part !== "").join(" · ");
}

const option = (text: string): PlainTextOption => ({ text: plain(foreign(text, 75), 75), value: "" });

function elementOf(id: string, p: ParamSchema, value: unknown): InputBlock["element"] {
  if (p.enum !== undefined) {
    const options = p.enum.map((one, i) => ({ ...option(String(one)), value: String(i) }));
    const initial = options[p.enum.indexOf(value as never)];
    return { type: "static_select", action_id: id, options, ...(initial === undefined ? {} : { initial_option: initial }) };
  }
  if (p.type === "boolean") {
    const yes = { text: plain("Yes"), value: "true" };
    const no = { text: plain("No"), value: "false" };
    return {
      type: "radio_buttons",
      action_id: id,
      options: [yes, no],
      ...(typeof value === "boolean" ? { initial_option: value ? yes : no } : {}),
    };
  }
  if (p.type === "number" || p.type === "integer") {
    // Slack's own input for numbers refuses "1,200", which is how every other surface writes them.
    const initial = typeof value === "number" ? { initial_value: String(value) } : {};
    return { type: "plain_text_input", action_id: id, max_length: NUMBER_MAX, ...initial };
  }
  return textElement(id, p, value);
}

/** The picker knows minutes since 2001 and gives them back in UTC; any other way to write a time is edited as text. */
function isWholeMinute(text: string): boolean {
  const ms = Date.parse(text);
  return ms >= 1e12 && ms % 60_000 === 0 && utcTime(ms) === text;
}
const utcTime = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");

/**
 * Slack refuses a whole form whose picker starts with a day that does not exist, or whose field for an address starts with none.
 */
function isDate(text: string): boolean {
  const ms = /^[12]\d{3}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}
const isEmail = (text: string): boolean => /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d-]+(\.[a-z\d-]+)+$/i.test(text);

/** Formats the picker cannot start with (not a date, too long) fall back to plain text, so that nothing is lost. */
function textElement(id: string, p: ParamSchema, value: unknown): InputBlock["element"] {
  const text = typeof value === "string" ? value : "";
  if (p.format === "date" && (text === "" || isDate(text))) {
    return { type: "datepicker", action_id: id, ...(text === "" ? {} : { initial_date: text }) };
  }
  if (p.format === "date-time" && (text === "" || isWholeMinute(text))) {
    return {
      type: "datetimepicker",
      action_id: id,
      ...(text === "" ? {} : { initial_date_time: Math.floor(Date.parse(text) / 1000) }),
    };
  }
  const initial = text === "" ? {} : { initial_value: text };
  if (p.format === "email" && (text === "" || isEmail(text))) return { type: "email_text_input", action_id: id, ...initial };
  return {
    type: "plain_text_input",
    action_id: id,
    multiline: text.length > 60 || text.includes("\n"),
    max_length: TEXT_MAX,
    ...initial,
  };
}

/**
 * Reads the form back as typed values, those only that somebody touched; null = emptied. What is not of its type comes back as it
 * was typed and is refused at its field.
 */
export function readModifyForm(values: StateValues, escalation: Escalation): Record<string, string | number | boolean | null> {
  const schema = schemaOf(escalation);
  const params = paramsOf(toChange(escalation));
  const read: Record<string, string | number | boolean | null> = {};
  for (const name of editableNames(escalation)) {
    const property = own(schema.properties, name);
    const value = property && readInput(values, blockIdOf(schema, name), property, own(params, name));
    if (value !== undefined) Object.defineProperty(read, name, { value, enumerable: true });
  }
  return read;
}

/** What one input says now; undefined where nobody touched it. */
export function readInput(
  values: StateValues,
  id: string,
  property: ParamSchema,
  before: unknown,
): string | number | boolean | null | undefined {
  const state = own(values, id)?.[id];
  if (state === undefined) return undefined;
  const untouched = stateOf(elementOf(id, property, before));
  return STATE_KEYS.every((key) => same(untouched[key], state[key])) ? undefined : typed(property, state);
}

const STATE_KEYS = ["value", "selected_option", "selected_date", "selected_date_time"] as const;
type State = StateValues[string][string];

/** What an element says of itself while nobody has touched it. */
function stateOf(element: InputBlock["element"]): State {
  const one = element as unknown as Record<string, never>;
  return {
    value: one["initial_value"] ?? null,
    selected_option: one["initial_option"] ?? null,
    selected_date: one["initial_date"] ?? null,
    selected_date_time: one["initial_date_time"] ?? null,
  };
}

function same(a: State[keyof State], b: State[keyof State]): boolean {
  const key = (value: State[keyof State]) =>
    typeof value === "object" && value !== null && "value" in value ? value.value : value;
  return (key(a) ?? null) === (key(b) ?? null);
}

function typed(p: ParamSchema, state: State): string | number | boolean | null {
  const chosen = state.selected_option?.value ?? null;
  if (p.enum !== undefined) return chosen === null ? null : (p.enum[Number(chosen)] ?? null);
  if (p.type === "boolean") return chosen === null ? null : chosen === "true";
  const dateTime = state.selected_date_time;
  if (dateTime !== undefined && dateTime !== null) return utcTime(dateTime * 1000);
  const text = state.selected_date ?? state.value ?? null;
  if (text === null || text.trim() === "") return null;
  if (p.type !== "number" && p.type !== "integer") return text;
  const number = Number(SEPARATED.test(text.trim()) ? text.replaceAll(",", "") : text);
  return Number.isFinite(number) ? number : text;
}

/** Where it is said that nothing was changed. */
export const firstInputOf = (escalation: Escalation): string =>
  editableNames(escalation)
    .map((name) => blockIdOf(schemaOf(escalation), name))
    .at(0) ?? "reason";

/** Field errors of the domain, keyed by the block they belong to. */
export function errorsByBlock(schema: ParamsSchema | undefined, fields: readonly FieldError[]): Record<string, string> {
  return Object.fromEntries(
    fields.map(({ field, detail }) => [
      schema !== undefined && Object.hasOwn(schema.properties, field) ? blockIdOf(schema, field) : field,
      detail,
    ]),
  );
}
