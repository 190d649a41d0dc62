import type { CanonicalAction } from "../canonical.ts";
import { inertText } from "../inert.ts";
import { own } from "../own.ts";
import type { ActionTypeSource } from "./source.ts";

const PLAIN_NUMBER = new Intl.NumberFormat("en-US", { maximumFractionDigits: 10 });
const TWO_PLACES = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 10 });

/** Our words around the agent's values: templates such as "Refund {amount} to {target}". Values are data and come out inert. */
export function formatNumber(value: number): string {
  return PLAIN_NUMBER.format(value);
}

export function formatMoney(value: number, currency: string): string {
  return `${currency} ${TWO_PLACES.format(value)}`;
}

/** One parameter as people read it; nested values as compact JSON, a missing one as a dash. */
export function formatParam(type: ActionTypeSource | undefined, params: CanonicalAction["params"], name: string): string {
  const value = own(params, name);
  if (value === undefined || value === null) return "–";
  const format = own(type?.formats ?? {}, name);
  if (typeof value === "number") {
    if (format !== undefined && "money" in format) return formatMoney(value, currencyOf(format.money, params));
    return format !== undefined && "unit" in format ? `${formatNumber(value)} ${format.unit}` : formatNumber(value);
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  return inertText(typeof value === "string" ? value : JSON.stringify(value));
}

function currencyOf(name: string, params: CanonicalAction["params"]): string {
  const named = own(params, name);
  return inertText(typeof named === "string" ? named : name);
}

/** Fills `{name}` with parameters; `{target}`, `{environment}` and `{type}` with the action's own. */
export function fillTemplate(template: string, type: ActionTypeSource | undefined, action: CanonicalAction): string {
  return template.replaceAll(/\{([^{}]+)\}/g, (_whole, name: string) => {
    if (name === "target") return inertText(action.target ?? "–");
    if (name === "environment") return inertText(action.environment ?? "–");
    if (name === "type") return action.type;
    return formatParam(type, action.params, name);
  });
}
