import { type Attempt, refuseAct } from "../../domain/acts/all.ts";
import type { Seen } from "../../domain/shapes/commands.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { type Refusal, refuse } from "../../domain/shapes/refusal.ts";
import { say } from "../../words/en.ts";
import type { SlackParts } from "../parts.ts";
import { when } from "../text.ts";

/**
 * From a click to a command: where it was clicked, what the button carries, and what the clicker saw. A refusal goes back to the
 * same place. `mark`: which drawing of the card it was.
 */
export type ClickOrigin =
  | { on: "message"; channel: string; ts: string; mark: string | null; shown?: Shown }
  | { on: "home" }
  | { on: "modal"; callbackId: string; shown?: Shown };

/** What Slack says that it showed, in its own words. */
export type Shown = { blocks?: unknown; text?: unknown } | undefined;

export type Target = { id: string; version: number };

/** "esc_…:3", and nothing else. */
export function readValue(value: unknown): Target | null {
  const [, id, version] = /^(esc_[0-9A-Za-z]{10,40}):(\d{1,9})$/.exec(typeof value === "string" ? value : "") ?? [];
  return id === undefined ? null : { id, version: Number(version) };
}

/**
 * The rendering that the clicker had before them. The Home shows an act in three lines only: nothing is approved from there at a
 * click.
 */
export async function whatWasSeen(parts: SlackParts, target: Target, origin: ClickOrigin, userId: string): Promise<Seen> {
  if (origin.on === "home") return { version: target.version, digest: null, complete: false };
  const { id, version } = target;
  const found = await (origin.on === "message"
    ? parts.engine.findDrawn(id, version, origin)
    : parts.engine.findRendering(id, version, { surface: origin.callbackId, userId }));
  const digest = found?.digest ?? null;
  // Drawn by a replica that is gone: Slack's word for it is better than none.
  const drawing = parts.engine.drawings.find(digest) ?? inSlacksWords(origin.shown);
  return { version, digest, complete: found?.complete ?? false, drawing };
}

const inSlacksWords = (shown: Shown): string | null =>
  shown?.blocks === undefined ? null : JSON.stringify({ by: "slack", blocks: shown.blocks, text: shown.text });

export async function loadTarget(parts: SlackParts, target: Target | null): Promise<Escalation | Refusal> {
  const loaded = target === null ? null : await parts.engine.load(target.id);
  if (loaded !== null) return loaded.escalation;
  const lostTo = target === null ? null : await parts.engine.lostInRestore(target.id);
  return lostTo === null
    ? refuse("not_found", say.clicks.gone)
    : refuse("restored", say.clicks.lost(when(lostTo, "{time} {date_short_pretty}")));
}

/** Whether the form of an act may be opened at all; the same is checked again when it is submitted. */
export async function refuseOpening(parts: SlackParts, escalation: Escalation, attempt: Attempt): Promise<Refusal | null> {
  return refuseAct(escalation, attempt, { now: await parts.engine.now(), directory: parts.directory() });
}
