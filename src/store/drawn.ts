import { PREFIX } from "./digest.ts";

/**
 * The digests of what was drawn in one place to be decided on, newest first, in records of 37 bytes: version (4), whether
 * everything is on it (1), SHA-256 (32). Whoever clicks may have an older drawing before them while Slack has not taken the
 * newest.
 */
const RECORD_BYTES = 37;
export const DRAWINGS_KEPT = 8;
export type Drawn = { version: number; digest: string; complete: boolean };
/** What is known of one that somebody clicked on. `complete`: everything stood on it. */
export type Shown = Omit<Drawn, "version">;

/** As Postgres reads bytes from a text. */
export function drawnRecord({ version, digest, complete }: Drawn): string {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(version);
  head.writeUInt8(complete ? 1 : 0, 4);
  return `\\x${head.toString("hex")}${digest.slice(PREFIX.length)}`;
}

/** What a card keeps when another drawing comes: drawn once more the same, it stands there already. */
export const KEEP_DRAWN = `CASE WHEN starts_with(encode(card.drawn, 'hex'), encode(excluded.drawn, 'hex')) THEN card.drawn
    ELSE substring(excluded.drawn || card.drawn FROM 1 FOR ${DRAWINGS_KEPT * RECORD_BYTES}) END`;

export function readDrawn(bytes: Buffer): Drawn[] {
  const drawn: Drawn[] = [];
  for (let at = 0; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES)
    drawn.push({
      version: bytes.readUInt32BE(at),
      complete: bytes.readUInt8(at + 4) === 1,
      digest: PREFIX + bytes.toString("hex", at + 5, at + RECORD_BYTES),
    });
  return drawn;
}
