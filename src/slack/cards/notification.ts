import type { Escalation } from "../../domain/shapes/escalation.ts";
import { openTitle } from "../../domain/shapes/guarded.ts";
import { isGuarded } from "../../domain/shapes/request.ts";
import { say } from "../../words/en.ts";
import { literal, utc } from "../text.ts";

/** What a locked phone shows of a card that waits: what is asked, by when; of what is guarded no value. */
export function waitingText(escalation: Escalation, needed: string): string {
  const by = escalation.deadline === null ? "" : ` by ${utc(escalation.deadline)}`;
  const { request } = escalation;
  if (isGuarded(request)) return say.guarded.needed(capital(needed), by, request.classification ?? "");
  const asked = literal(request.brief.decision_required, 300);
  return `${literal(escalation.ruling.presentation.title)} – ${needed}${by}. ${asked}`;
}

const capital = (text: string): string => text.replace(/^./u, (c) => c.toUpperCase());

/** The title as a notification, a channel or a list of alarms may name it. */
export const openLiteral = (escalation: Escalation, max?: number): string => literal(openTitle(escalation), max);
