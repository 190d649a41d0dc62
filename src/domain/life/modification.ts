import { say } from "../../words/en.ts";
import { own } from "../base/own.ts";
import { formatNumber } from "../policy/template.ts";
import { canonicalJson } from "../shapes/canonical.ts";
import type { ModificationStep } from "../shapes/escalation.ts";
import type { FieldError } from "../shapes/refusal.ts";
import { type ParamSchema, type Params, type ParamsSchema, paramsOf, type SubmittedAction } from "../shapes/request.ts";

/** A person's change of the parameters: checked against the agent's own `params_schema`, kept as a diff. */
type Primitive = string | number | boolean;

/**
 * Merges the values of the Modify form into the parameters. Keys the form does not show stay as they are; null clears an optional
 * one. Every fault is reported at its field, with what would be right.
 */
export function readParams(
  schema: ParamsSchema,
  current: Params,
  entered: Record<string, Primitive | null>,
): { params: Params } | { errors: FieldError[] } {
  const errors: FieldError[] = [];
  const params: Params = { ...current };
  for (const [name, value] of Object.entries(entered)) {
    const property = own(schema.properties, name);
    if (property === undefined) {
      errors.push({ field: name, detail: say.modals.notChangeable });
      continue;
    }
    const required = schema.required?.includes(name) ?? false;
    if (value === null || value === "") {
      if (required) errors.push({ field: name, detail: say.modals.fillIn });
      else delete params[name];
      continue;
    }
    const detail = faultOf(property, value, own(current, name));
    if (detail === null) params[name] = value;
    else errors.push({ field: name, detail });
  }
  return errors.length > 0 ? { errors } : { params };
}

/** What is wrong with a value, in words that say what would be right; null = nothing. */
function faultOf(schema: ParamSchema, value: Primitive, before: unknown): string | null {
  if (schema.enum !== undefined && !schema.enum.includes(value)) return say.modals.chooseOneOf(schema.enum.join(", "));
  if (schema.type === "boolean") return typeof value === "boolean" ? null : say.modals.chooseYesNo;
  if (schema.type === "number" || schema.type === "integer") return numberFault(schema, value, before);
  return textFault(schema, value);
}

function numberFault(schema: ParamSchema, value: Primitive, before: unknown): string | null {
  if (typeof value !== "number" || !Number.isFinite(value))
    return say.modals.enterNumber(formatNumber(typeof before === "number" ? before : (schema.minimum ?? 1200)));
  if (schema.type === "integer" && !Number.isInteger(value)) return say.modals.enterWhole;
  if (schema.minimum !== undefined && value < schema.minimum) return say.modals.enterAtLeast(formatNumber(schema.minimum));
  if (schema.maximum !== undefined && value > schema.maximum) return say.modals.enterAtMost(formatNumber(schema.maximum));
  return null;
}

const FORMATS: Record<NonNullable<ParamSchema["format"]>, { test: (text: string) => boolean; right: string }> = {
  date: {
    test: (t) => /^\d{4}-\d{2}-\d{2}$/.test(t) && !Number.isNaN(Date.parse(`${t}T00:00:00Z`)),
    right: say.modals.enterDate,
  },
  "date-time": {
    test: (t) => /^\d{4}-\d{2}-\d{2}T.+(Z|[+-]\d{2}:\d{2})$/.test(t) && !Number.isNaN(Date.parse(t)),
    right: say.modals.enterDateTime,
  },
  email: { test: (t) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(t), right: say.modals.enterEmail },
};

function textFault(schema: ParamSchema, value: Primitive): string | null {
  if (typeof value !== "string") return say.modals.enterText;
  if (schema.minLength !== undefined && value.length < schema.minLength) return say.modals.enterCharsMin(schema.minLength);
  if (schema.maxLength !== undefined && value.length > schema.maxLength) return say.modals.enterCharsMax(schema.maxLength);
  if (schema.format === undefined) return null;
  const format = FORMATS[schema.format];
  return format.test(value) ? null : format.right;
}

const pointer = (name: string) => `/params/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** The RFC 6902 steps from one set of parameters to another, each with the value before. Names in code-unit order. */
export function diffParams(before: Params, after: Params): ModificationStep[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name): ModificationStep[] => {
    const from = own(before, name);
    const value = own(after, name);
    if (from === undefined && value !== undefined) return [{ op: "add", path: pointer(name), value }];
    if (from !== undefined && value === undefined) return [{ op: "remove", path: pointer(name), from }];
    if (from === undefined || value === undefined || canonicalJson(from) === canonicalJson(value)) return [];
    return [{ op: "replace", path: pointer(name), from, value }];
  });
}

/**
 * Makes the place for parameters in an action that was sent without any: a step inside of it could not be applied (RFC 6902 wants
 * the parent to exist).
 */
export const PLACE_FOR_PARAMS: ModificationStep = { op: "add", path: "/params", value: {} };

/**
 * The steps from an action as it was submitted to other parameters; applied to that action, one after the other, they give the
 * changed one.
 */
export function stepsFrom(action: Pick<SubmittedAction, "params">, after: Params): ModificationStep[] {
  const steps = diffParams(paramsOf(action), after);
  return action.params === undefined && steps.length > 0 ? [PLACE_FOR_PARAMS, ...steps] : steps;
}

/** An action sent without parameters that has none again is the one that was sent, with its digest. */
export const withParams = <T extends Pick<SubmittedAction, "params">>(submitted: T["params"], action: T, params: Params): T => {
  const { params: _before, ...rest } = action;
  return (submitted === undefined && Object.keys(params).length === 0 ? rest : { ...rest, params }) as T;
};
