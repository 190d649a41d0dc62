import type { InputBlock, KnownBlock, ModalView, PlainTextOption } from "@slack/types";
import type { CanonicalAction } from "../../domain/canonical.ts";
import type { Escalation } from "../../domain/escalation.ts";
import { own } from "../../domain/own.ts";
import type { FieldError } from "../../domain/refusal.ts";
import type { ParamSchema, ParamsSchema } from "../../domain/request.ts";
import { foreign, plain, section } from "../text.ts";
import { modal } from "./frame.ts";
import type { StateValues } from "./inputs.ts";

/** The Modify form, made from the agent's own `params_schema`. Labels come from the policy where it has one. */
const FIELDS_MAX = 60;
/** Block ids have 255 characters; a longer name is known by its place. */
export const blockIdOf = (schema: ParamsSchema, name: string): string =>
  name.length <= 200 ? `param:${name}` : `param:#${Object.keys(schema.properties).indexOf(name)}`;

export function modifyModal(escalation: Escalation): ModalView {
  const { request, ruling } = escalation;
  const schema = request.kind === "action" ? request.action.params_schema : undefined;
  if (schema === undefined) throw new Error("an action without params_schema has no Modify form");
  const current = (escalation.subject as CanonicalAction).params;
  const names = editableNames(schema, current);
  const inputs = names.map((name) => input(escalation, schema, name, own(current, name)));
  const fixed = Object.keys(current).filter((name) => !names.includes(name));
  const blocks: KnownBlock[] = [
    section(
      `On submit: ${ruling.presentation.effects.modify}. The policy checks your values again; they may need more approvals.`,
    ),
    ...inputs,
    ...(fixed.length === 0
      ? []
      : [{ type: "section" as const, text: plain(`Stays as it is: ${foreign(fixed.join(", "), 500)}`) }]),
  ];
  return modal("modify_modal", "Change and approve", "Approve the change", escalation, blocks);
}

/** A text that is longer than an input can hold is not offered: cutting it would lose the rest. */
function editableNames(schema: ParamsSchema, current: CanonicalAction["params"]): string[] {
  const fits = (name: string) => {
    const value = own(current, name);
    return typeof value !== "string" || value.length <= 3000;
  };
  return Object.keys(schema.properties).filter(fits).slice(0, FIELDS_MAX);
}

function input(escalation: Escalation, schema: ParamsSchema, name: string, value: unknown): InputBlock {
  const property = own(schema.properties, name);
  if (property === undefined) throw new Error(`no such parameter: ${name}`);
  const id = blockIdOf(schema, name);
  const ours = escalation.ruling.presentation.fields.find((field) => field.name === name)?.label;
  const label = ours ?? foreign(property.title ?? name, 75);
  const hint = hintOf(property);
  return {
    type: "input",
    block_id: id,
    label: plain(label, 2000),
    optional: !(schema.required?.includes(name) ?? false),
    element: elementOf(id, property, value),
    ...(hint === "" ? {} : { hint: plain(hint, 2000) }),
  };
}

function hintOf(p: ParamSchema): string {
  const number = p.type === "number" || p.type === "integer";
  const limits = [
    p.minimum === undefined || !number ? "" : `at least ${p.minimum}`,
    p.maximum === undefined || !number ? "" : `at most ${p.maximum}`,
    p.minLength === undefined ? "" : `at least ${p.minLength} characters`,
    p.maxLength === undefined ? "" : `at most ${p.maxLength} characters`,
  ].filter((part) => part !== "");
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
    const initial = typeof value === "number" ? { initial_value: String(value) } : {};
    return { type: "number_input", action_id: id, is_decimal_allowed: p.type === "number", ...initial };
  }
  return textElement(id, p, value);
}

/** Formats the picker cannot start with (not a date, too long) fall back to plain text, so that nothing is lost. */
function textElement(id: string, p: ParamSchema, value: unknown): InputBlock["element"] {
  const text = typeof value === "string" ? value : "";
  if (p.format === "date" && (text === "" || /^\d{4}-\d{2}-\d{2}$/.test(text))) {
    return { type: "datepicker", action_id: id, ...(text === "" ? {} : { initial_date: text }) };
  }
  if (p.format === "date-time" && (text === "" || !Number.isNaN(Date.parse(text)))) {
    return {
      type: "datetimepicker",
      action_id: id,
      ...(text === "" ? {} : { initial_date_time: Math.floor(Date.parse(text) / 1000) }),
    };
  }
  const initial = text === "" ? {} : { initial_value: text };
  if (p.format === "email") return { type: "email_text_input", action_id: id, ...initial };
  return {
    type: "plain_text_input",
    action_id: id,
    multiline: text.length > 60 || text.includes("\n"),
    max_length: 3000,
    ...initial,
  };
}

/** Reads the form back as typed values; null = left empty. What is not of its type comes back as it was typed and is refused at its field. */
export function readModifyForm(values: StateValues, schema: ParamsSchema): Record<string, string | number | boolean | null> {
  const read: Record<string, string | number | boolean | null> = {};
  for (const [name, property] of Object.entries(schema.properties)) {
    const id = blockIdOf(schema, name);
    const state = own(values, id)?.[id];
    if (state === undefined) continue;
    Object.defineProperty(read, name, { value: typed(property, state), enumerable: true });
  }
  return read;
}

function typed(p: ParamSchema, state: StateValues[string][string]): string | number | boolean | null {
  const chosen = state.selected_option?.value ?? null;
  if (p.enum !== undefined) return chosen === null ? null : (p.enum[Number(chosen)] ?? null);
  if (p.type === "boolean") return chosen === null ? null : chosen === "true";
  const dateTime = state.selected_date_time;
  if (dateTime !== undefined && dateTime !== null) return new Date(dateTime * 1000).toISOString().replace(".000Z", "Z");
  const text = state.selected_date ?? state.value ?? null;
  if (text === null || text.trim() === "") return null;
  if (p.type !== "number" && p.type !== "integer") return text;
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

/** Field errors of the domain, keyed by the block they belong to. */
export function errorsByBlock(schema: ParamsSchema | undefined, fields: readonly FieldError[]): Record<string, string> {
  return Object.fromEntries(
    fields.map(({ field, detail }) => [
      schema !== undefined && Object.hasOwn(schema.properties, field) ? blockIdOf(schema, field) : field,
      detail,
    ]),
  );
}
