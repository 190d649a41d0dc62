import { LIMITS } from "../../domain/base/limits.ts";

/**
 * What this process drew lately, by its digest. Most of it nobody ever answers, so it is kept with the answers only; the digest
 * is stored before anything is shown, and whoever has lost the drawing is left with what Slack says that it showed.
 */
export type Drawings = {
  keep(digest: string, drawing: string): void;
  find(digest: string | null): string | null;
};

export function createDrawings(charsMax: number = LIMITS.drawings.value): Drawings {
  const kept = new Map<string, string>();
  let chars = 0;
  const drop = (digest: string) => {
    chars -= kept.get(digest)?.length ?? 0;
    kept.delete(digest);
  };
  return {
    keep(digest, drawing) {
      drop(digest);
      kept.set(digest, drawing);
      chars += drawing.length;
      // The oldest first: cards are mostly answered soon.
      for (const oldest of kept.keys()) {
        if (chars <= charsMax) break;
        drop(oldest);
      }
    },
    find: (digest) => (digest === null ? null : (kept.get(digest) ?? null)),
  };
}
