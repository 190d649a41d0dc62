import { LIMITS } from "../../domain/base/limits.ts";
import { DRAWINGS_KEPT, type Shown } from "../../store/drawn.ts";

/**
 * What this process drew lately, by its digest. Most of it nobody ever answers, so it is kept with the answers only; the digest
 * is stored before anything is shown, and whoever has lost the drawing is left with what Slack says that it showed.
 */
export type Drawings = {
  keep(digest: string, drawing: string): void;
  find(digest: string | null): string | null;
  /** These are stored on the rows of their cards: whoever clicks on one need not look for it there. */
  stored(drawn: readonly StoredDrawing[]): void;
  /** The stored one of a version whose digest begins with `mark`; null = none that is known here. */
  storedAs(escalationId: string, version: number, mark: string): Shown | null;
};
export type StoredDrawing = Shown & { escalationId: string; version: number };

export function createDrawings(charsMax: number = LIMITS.drawings.value, storedMax: number = LIMITS.remembered.value): Drawings {
  const kept = new Map<string, string>();
  const stored = new Map<string, Shown[]>();
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
    stored(drawn) {
      for (const { escalationId, version, digest, complete } of drawn) {
        const key = `${escalationId}:${version}`;
        const others = (stored.get(key) ?? []).filter((one) => one.digest !== digest);
        stored.delete(key);
        stored.set(key, [{ digest, complete }, ...others].slice(0, DRAWINGS_KEPT));
        const [oldest] = stored.keys();
        if (stored.size > storedMax && oldest !== undefined) stored.delete(oldest);
      }
    },
    storedAs: (escalationId, version, mark) =>
      stored.get(`${escalationId}:${version}`)?.find(({ digest }) => digest.startsWith(mark)) ?? null,
  };
}
