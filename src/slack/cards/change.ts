import { PLACE_FOR_PARAMS } from "../../domain/life/modification.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { literal } from "../text.ts";

/**
 * "Amount 1,250 → 1,200", one for each changed parameter, each value as long as there is room; values are data and come out
 * inert.
 */
export function changeLines(escalation: Escalation, chars = 150): string[] {
  const fields = escalation.ruling.presentation.fields;
  const changes = escalation.modification.filter((step) => step.path !== PLACE_FOR_PARAMS.path);
  const max = Math.min(150, chars);
  const steps = changes.map((step) => {
    const name = step.path
      .replace(/^\/params\//, "")
      .replaceAll("~1", "/")
      .replaceAll("~0", "~");
    const field = fields.find((one) => one.name === name);
    const after = step.op === "remove" ? "removed" : (field?.value ?? shown(step.value));
    return `${literal(field?.label ?? name, max)} ${literal(field?.was ?? shown(step.from), max)} → ${literal(after, max)}`;
  });
  return steps.length > 4 ? [...steps.slice(0, 4), `${steps.length - 4} more`] : steps;
}

function shown(value: unknown): string {
  if (value === undefined) return "–";
  if (typeof value === "number") return new Intl.NumberFormat("en-US", { maximumFractionDigits: 10 }).format(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}
