import type { KnownBlock } from "@slack/types";
import { mayDecide } from "../domain/authority.ts";
import { digestOf } from "../domain/canonical.ts";
import type { Directory, Reviewer } from "../domain/directory.ts";
import type { Escalation } from "../domain/escalation.ts";
import { type Resolution, resolve } from "../domain/review.ts";

/** What a card is drawn from: the escalation, and who may still decide under today's memberships. */
export type CardView = { escalation: Escalation; resolution: Resolution; deciders: Reviewer[] };
/** A drawn card. `complete`: every parameter is on it in full, so that it may be approved right there. */
export type Rendered = { blocks: KnownBlock[]; text: string; complete: boolean; digest: string };

export function viewOf(escalation: Escalation, directory: Directory): CardView {
  const deciders = mayDecide(directory, escalation);
  const members = deciders.map((reviewer) => reviewer.userId);
  return { escalation, deciders, resolution: resolve(escalation.ruling.requirement, escalation.votes, directory, members) };
}

export function rendered(blocks: KnownBlock[], text: string, complete: boolean): Rendered {
  return { blocks, text, complete, digest: digestOf(JSON.parse(JSON.stringify({ blocks, text }))) };
}

/** What every button carries; nothing else of a click is trusted. */
export const buttonValue = (escalation: Escalation): string => `${escalation.id}:${escalation.version}`;
