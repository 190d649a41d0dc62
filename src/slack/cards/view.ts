import type { KnownBlock } from "@slack/types";
import { EMPTY_ROSTER, type Roster } from "../../domain/on-call/roster.ts";
import { type NextPage, pagedNext } from "../../domain/paging/step.ts";
import { mayDecide, stillNeeded } from "../../domain/people/authority.ts";
import type { Directory, Reviewer } from "../../domain/people/directory.ts";
import { type Resolution, resolve } from "../../domain/people/seats.ts";
import { canonicalJson, digestOfText } from "../../domain/shapes/canonical.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";

/**
 * What a card is drawn from: the escalation, who may decide under today's memberships, whose answer is still waited for, and who
 * is paged next.
 */
export type CardView = {
  escalation: Escalation;
  resolution: Resolution;
  deciders: Reviewer[];
  needed: Reviewer[];
  nextPage: NextPage | null;
  directory: Directory;
};
/**
 * A drawn card. `complete`: every parameter is on it in full, so that it may be approved right there. `digest`: of what is seen,
 * so of blocks and text without the ids of blocks, which nobody sees; those of the buttons carry the beginning of it.
 * `isMarked`: it has such buttons.
 */
export type Rendered = {
  blocks: KnownBlock[];
  text: string;
  complete: boolean;
  digest: string;
  /** What the digest is of: canonical JSON. */
  drawing: string;
  isMarked: boolean;
};

/**
 * `roster`: what is known of who is on call beside the configuration itself. Without it, a next page may be missing from the
 * card.
 */
export function viewOf(escalation: Escalation, directory: Directory, roster: Roster = EMPTY_ROSTER): CardView {
  const deciders = mayDecide(directory, escalation);
  const members = deciders.map((reviewer) => reviewer.userId);
  const resolution = resolve(escalation.ruling.requirement, escalation.votes, directory, members);
  return {
    directory,
    escalation,
    deciders,
    resolution,
    needed: stillNeeded(directory, escalation),
    nextPage: pagedNext(escalation, directory, roster),
  };
}

export function rendered(blocks: KnownBlock[], text: string, complete: boolean): Rendered {
  const seen = { blocks: blocks.map(({ block_id: _unseen, ...block }) => block), text };
  const drawing = canonicalJson(seen);
  const digest = digestOfText(drawing);
  const marks = blocks.map((block) => marked(block, digest));
  return { blocks: marks, text, complete, digest, drawing, isMarked: blocks.some(isActing) };
}

const MARK_CHARS = 16;
const ACTS = /^acts:esc_[0-9A-Za-z]+$/;

const isActing = ({ block_id }: KnownBlock): boolean => block_id !== undefined && ACTS.test(block_id);

/**
 * A click names the block it was in. While Slack has not taken the newest drawing, the mark there says which one its clicker had
 * before them.
 */
function marked(block: KnownBlock, digest: string): KnownBlock {
  if (!isActing(block)) return block;
  return { ...block, block_id: `${block.block_id}:${digest.slice("sha256:".length).slice(0, MARK_CHARS)}` };
}

/** The beginning of the digest of the card in which this block was clicked; null where blocks are not marked. */
export function markOf(blockId: string | undefined): string | null {
  const [, mark] = /^acts:esc_[0-9A-Za-z]+:([0-9a-f]+)$/.exec(blockId ?? "") ?? [];
  return mark?.length === MARK_CHARS ? `sha256:${mark}` : null;
}

/** What every button carries; nothing else of a click is trusted. */
export const buttonValue = (escalation: Escalation): string => `${escalation.id}:${escalation.version}`;
