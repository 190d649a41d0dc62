import { placesOf } from "../../domain/base/diff.ts";
import { editOf } from "../../domain/life/change.ts";
import { PLACE_FOR_PARAMS } from "../../domain/life/modification.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { submittedPlan } from "../../domain/shapes/request.ts";
import { say } from "../../words/en.ts";
import { asSeen, literal } from "../text.ts";

/**
 * "Amount 1,250 → 1,200", one for each changed parameter, each value as long as there is room; values are data and come out
 * inert.
 */
export function changeLines(escalation: Escalation, chars = 150): string[] {
  const edit = editOf(escalation);
  if (edit !== null) return textLines(edit.before, edit.after, Math.min(75, Math.floor(chars / 2)));
  if (escalation.steps.length > 0) return planLines(escalation, Math.min(60, Math.floor(chars / 2)));
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

/** Which steps went, and what of the others is another now. */
function planLines({ modification, request, steps }: Escalation, max: number): string[] {
  const submitted = submittedPlan(request)?.steps ?? [];
  const lines = modification.flatMap((one) => {
    const [, place = "", name] = /^\/steps\/(\d+)(?:\/action\/params\/(.+))?$/.exec(one.path) ?? [];
    if (place === "") return [];
    if (name === undefined) {
      const why = steps.find(({ id }) => id === submitted[Number(place)]?.id)?.why ?? null;
      return [say.cards.stepTakenOut(Number(place) + 1, why === null ? "" : `: “${literal(why, max)}”`)];
    }
    const plainName = name.replaceAll("~1", "/").replaceAll("~0", "~");
    const after = one.op === "remove" ? "removed" : shown(one.value);
    const [from, to] = [shown(one.from), after].map((value) => literal(value, max));
    return [`${say.cards.step(Number(place) + 1)}: ${literal(plainName, max)} ${from} → ${to}`];
  });
  return lines.length > 4 ? [...lines.slice(0, 4), say.cards.more(lines.length - 4)] : lines;
}

const PLACES_MAX = 3;

/** The first places of a text that differ, with the words around them. */
function textLines(before: string, after: string, max: number): string[] {
  const places = placesOf(asSeen(before), asSeen(after)).filter(({ from, to }) => `${from}${to}`.trim() !== "");
  if (places.length === 0) return [say.cards.onlyBlanks];
  const lines = places.slice(0, PLACES_MAX).map(({ from, to }) => {
    if (from.trim() === "") return say.cards.textAdded(literal(to, max));
    return to.trim() === ""
      ? say.cards.textRemoved(literal(from, max))
      : say.cards.textChanged(literal(from, max), literal(to, max));
  });
  const left = places.length - lines.length;
  return left > 0 ? [...lines, say.cards.more(left)] : lines;
}

function shown(value: unknown): string {
  if (value === undefined) return "–";
  if (typeof value === "number") return new Intl.NumberFormat("en-US", { maximumFractionDigits: 10 }).format(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}
