import type { KnownBlock, RichTextSection } from "@slack/types";
import { progressOf, rulingOfStep, type StepProgress } from "../../domain/life/steps.ts";
import type { Escalation, Step } from "../../domain/shapes/escalation.ts";
import { TIER_ROWS } from "../../domain/tiers.ts";
import { say } from "../../words/en.ts";
import { bold, context, duration, foreign, joinAnd, line, literal, richText, words } from "../text.ts";

/**
 * The steps of a plan, one line each and every one of them: they stand outside the twelve lines of a card, because what is left
 * out could be the one that matters.
 */

/** Of a step: about three lines. What is longer is cut here and shown whole in the form. */
const STEP_CHARS = 270;

const MARKS: Record<StepProgress, string> = {
  waiting: "◷",
  allowed: "◷",
  running: "▸",
  completed: "✓",
  failed: "✗",
  skipped: "–",
  rolled_back: "↩",
  differs: "‼",
  rejected: "✖",
  own: "⚠",
  not_run: "–",
};

const wholeStep = ({ ruling }: Escalation, id: string): string => {
  const { title, fields } = rulingOfStep(ruling, id);
  const now = ruling.presentation.fields.find(({ name }) => name === `/steps/${id}`)?.value;
  return now ?? [title, ...fields.map(({ label, value }) => `${label} ${value}`)].join(" · ");
};

/** Whether the card shows all of every step. */
export const fitsSteps = (escalation: Escalation): boolean =>
  escalation.steps.every(({ id }) => {
    const value = wholeStep(escalation, id);
    return foreign(value, STEP_CHARS) === foreign(value, value.length + 10) && value.length <= STEP_CHARS;
  });

/** As they wait for a decision; none for what is no plan. */
export function planBlocks(escalation: Escalation): KnownBlock[] {
  if (escalation.steps.length === 0) return [];
  const note = fitsSteps(escalation) ? [] : [context(`⚠ *${say.cards.stepsCut}*`)];
  const lines = escalation.steps.map((step, i) => stepLine(escalation, step, i, STEP_CHARS));
  return [richText(...lines), ...note, context(coverage(escalation))];
}

/** How far each is, once it is decided. */
export function progressBlocks(escalation: Escalation): KnownBlock[] {
  if (escalation.steps.length === 0) return [];
  return [richText(...escalation.steps.map((step, i) => stepLine(escalation, step, i, 110)))];
}

function stepLine(escalation: Escalation, step: Step, i: number, chars: number): RichTextSection {
  const progress = progressOf(escalation, step);
  const { stakes } = rulingOfStep(escalation.ruling, step.id);
  const isWaiting = escalation.state === "paused_pending_human";
  // What would have waited for people by itself stands out among nineteen that would not.
  const isGrave = isWaiting && progress === "waiting" && TIER_ROWS[step.tier].waits;
  const why = progress === "rejected" && step.why !== null ? `: “${foreign(step.why, 100)}”` : "";
  const state = progress === "waiting" ? (isGrave ? stakes : "") : `${say.cards.stepStates[progress]}${why}`;
  return line(
    bold(`${isGrave ? "⚠" : MARKS[progress]} ${i + 1}  `),
    words(foreign(wholeStep(escalation, step.id), chars)),
    ...(state === "" ? [] : [words("  – "), bold(state)]),
  );
}

/** What the approval lets run, for how long, and what still asks for itself. */
export function coverage({ steps, ruling }: Escalation): string {
  const placed = steps.map((step, i) => ({ step, place: String(i + 1) }));
  const covered = placed.filter(({ step }) => step.state !== "own" && step.state !== "rejected").map(({ place }) => place);
  const own = placed.filter(({ step }) => step.state === "own");
  const reasons = Map.groupBy(own, ({ step }) => rulingOfStep(ruling, step.id).own ?? "");
  const said = [...reasons].map(([why, those]) => {
    const places = those.map(({ place }) => place);
    return say.cards.stepAsksForItself(joinAnd(places), places.length, literal(why, 160));
  });
  return [say.cards.planCovers(joinAnd(covered), covered.length, duration(ruling.outcomeWithinS * 1000)), ...said].join(" ");
}
