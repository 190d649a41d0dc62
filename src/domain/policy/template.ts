import { exactText, inertText, isolated, visibleJson } from "../base/inert.ts";
import { own } from "../base/own.ts";
import type { CanonicalAction } from "../shapes/canonical.ts";
import { type Params, paramsOf } from "../shapes/request.ts";
import type { ActionTypeSource } from "./source.ts";

const PLAIN_NUMBER = new Intl.NumberFormat("en-US", { maximumFractionDigits: 10 });
const TWO_PLACES = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 10 });

/**
 * Our words around the agent's values: templates such as "Refund {amount} to {target}". Values are data and come out inert and
 * whole.
 */
export function formatNumber(value: number): string {
  return separatedExactly(value, PLAIN_NUMBER.format(value));
}

function formatMoney(value: number, currency: string): string {
  return `${currency} ${separatedExactly(value, TWO_PLACES.format(value))}`;
}

/** With thousands separated, unless that would round it. */
function separatedExactly(value: number, formatted: string): string {
  return Number(formatted.replaceAll(",", "")) === value ? formatted : String(value);
}

/** One parameter as people read it; nested values as compact JSON, a missing one as a dash. */
export function formatParam(type: ActionTypeSource | undefined, params: Params, name: string): string {
  const value = own(params, name);
  if (value === undefined || value === null) return "–";
  const format = own(type?.formats ?? {}, name);
  if (typeof value === "number") {
    if (format === "plain") return String(value);
    if (format !== undefined && "money" in format) return formatMoney(value, currencyOf(format.money, params));
    return format !== undefined && "unit" in format ? `${formatNumber(value)} ${format.unit}` : formatNumber(value);
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  return isolated(typeof value === "string" ? exactText(value) : visibleJson(JSON.stringify(value)));
}

/** Whether a parameter is the currency that stands in front of another one's amount, and need not be shown twice. */
export function isShownAsCurrency(type: ActionTypeSource | undefined, params: Params, name: string): boolean {
  const value = own(params, name);
  if (typeof value !== "string" || exactText(value) !== inertText(value)) return false;
  return Object.entries(type?.formats ?? {}).some(
    ([amount, format]) =>
      format !== "plain" && "money" in format && format.money === name && typeof own(params, amount) === "number",
  );
}

/** What a number is counted in, for the label of its input. */
export function unitOf(type: ActionTypeSource | undefined, params: Params, name: string): { unit?: string } {
  const format = own(type?.formats ?? {}, name);
  if (format === undefined || format === "plain" || typeof own(params, name) !== "number") return {};
  return { unit: "money" in format ? currencyOf(format.money, params) : format.unit };
}

function currencyOf(name: string, params: Params): string {
  const named = own(params, name);
  return isolated(inertText(typeof named === "string" ? named : name));
}

/**
 * Fills `{name}` with parameters; `{target}`, `{environment}` and `{type}` with the action's own. What is missing is named as
 * missing.
 */
export function fillTemplate(template: string, type: ActionTypeSource | undefined, action: CanonicalAction): string {
  const params = paramsOf(action);
  return template.replaceAll(/\{([^{}]+)\}/g, (_whole, name: string) => {
    if (name === "target") return isolated(inertText(action.target ?? "(no target)"));
    if (name === "environment") return isolated(inertText(action.environment ?? "(no environment)"));
    if (name === "type") return action.type;
    return (own(params, name) ?? null) === null ? `(no ${paramWords(type, name)})` : inertText(formatParam(type, params, name));
  });
}

/** As the policy calls a parameter, in the middle of a sentence. */
export const paramWords = (type: ActionTypeSource | undefined, name: string): string =>
  own(type?.labels ?? {}, name)?.toLowerCase() ?? name.replaceAll("_", " ");
