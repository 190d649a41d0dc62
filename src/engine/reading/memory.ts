import { LIMITS } from "../../domain/base/limits.ts";
import { hasCard } from "../../domain/consequences/effects.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { roughBytesOfMembers } from "../rough-bytes.ts";

/**
 * Escalations as this process last wrote or read them, so that they need not be read again for each step of theirs. Any of them
 * may have moved on in another replica: what is decided on one is written only where the database still has that very state, and
 * no refusal, list or sweep is ever taken from here.
 */
export type Memory = {
  recall(id: string): Escalation | null;
  /** Keeps the newest revision of each. */
  remember(escalation: Escalation): void;
  /** It is no longer what the database has. */
  forget(id: string): void;
  /** Its card in this channel stands at this address: the card's row says so without a new revision of the escalation. */
  posted(id: string, channel: string, permalink: string): void;
  /** What an agent saved with its submission, which never changes; undefined = unknown here. */
  checkpoint(id: string): unknown;
  keepCheckpoint(id: string, checkpoint: unknown): void;
};

type Kept = { escalation: Escalation; checkpoint: unknown; bytes: number };

/** Whatever was not looked at for longest goes when there is too much. */
export function createMemory(
  entriesMax: number = LIMITS.remembered.value,
  bytesMax: number = LIMITS.rememberedBytes.value,
): Memory {
  const kept = new Map<string, Kept>();
  let bytes = 0;

  const drop = (id: string) => {
    bytes -= kept.get(id)?.bytes ?? 0;
    kept.delete(id);
  };
  const put = (escalation: Escalation, checkpoint: unknown) => {
    const { id } = escalation;
    drop(id);
    const size = roughBytesOfMembers(escalation) + roughBytesOfMembers({ checkpoint });
    if (size > bytesMax) return;
    kept.set(id, { escalation, checkpoint, bytes: size });
    bytes += size;
    for (const oldest of kept.keys()) {
      if (kept.size <= entriesMax && bytes <= bytesMax) break;
      drop(oldest);
    }
  };

  return {
    recall(id) {
      const found = kept.get(id);
      if (found === undefined) return null;
      kept.delete(id);
      kept.set(id, found);
      return found.escalation;
    },
    remember(escalation) {
      const known = kept.get(escalation.id);
      // Read before a write of ours and answered after it.
      if (known !== undefined && known.escalation.revision > escalation.revision) return;
      put(withCard(escalation, known?.escalation), known?.checkpoint);
    },
    forget: drop,
    posted(id, channel, permalink) {
      const known = kept.get(id);
      if (known?.escalation.ruling.channel === channel)
        kept.set(id, { ...known, escalation: { ...known.escalation, permalink } });
    },
    checkpoint: (id) => kept.get(id)?.checkpoint,
    keepCheckpoint(id, checkpoint) {
      const known = kept.get(id);
      if (known !== undefined) put(known.escalation, checkpoint);
    },
  };
}

/** A write that was decided before its card was posted does not know the address. */
function withCard(escalation: Escalation, known: Escalation | undefined): Escalation {
  const stays = escalation.permalink === null && known !== undefined && known.ruling.channel === escalation.ruling.channel;
  return stays ? { ...escalation, permalink: known.permalink } : escalation;
}

/** Where its card stands is known, or it has none: another replica may have posted it, which makes no new revision. */
export const isAddressed = (escalation: Escalation): boolean => escalation.permalink !== null || !hasCard(escalation);
