import { deflateRawSync, inflateRawSync } from "node:zlib";
import { OF_DRAWINGS, OF_OPENINGS } from "./dictionaries.ts";

/**
 * How private content lies in the database: as one value that nothing there looks into, packed where that saves something. The
 * key of the escalation is handed in by everybody already, so that packing can become encryption without anybody noticing. The
 * first byte says how the rest lies there, for ever: another way of packing, or another dictionary, is another number.
 */
const PLAIN = 0;
const FORMS = { anything: 1, opening: 2, drawing: 3 } as const;
const DICTIONARIES: Record<number, Buffer | undefined> = {
  [FORMS.anything]: Buffer.alloc(0),
  [FORMS.opening]: Buffer.from(OF_OPENINGS),
  [FORMS.drawing]: Buffer.from(OF_DRAWINGS),
};
/** Below this, packing costs more than it saves. */
const WORTH_PACKING_CHARS = 200;

/** `as`: what it mostly is, whatever it is this time. */
export function seal(_key: string, text: string, as: keyof typeof FORMS): Buffer {
  const plain = Buffer.from(text);
  if (plain.length < WORTH_PACKING_CHARS) return Buffer.concat([Buffer.from([PLAIN]), plain]);
  const form = FORMS[as];
  return Buffer.concat([Buffer.from([form]), deflateRawSync(plain, { level: 3, memLevel: 6, ...by(DICTIONARIES[form]) })]);
}

/** Throws on what `seal` cannot have made. */
export function unseal(_key: string, sealed: Buffer): string {
  const [form] = sealed;
  const content = sealed.subarray(1);
  if (form === PLAIN) return content.toString("utf8");
  const dictionary = form === undefined ? undefined : DICTIONARIES[form];
  if (dictionary === undefined) throw new Error(`sealed content of an unknown form: ${form}`);
  return inflateRawSync(content, by(dictionary)).toString("utf8");
}

const by = (dictionary: Buffer | undefined) => (dictionary === undefined || dictionary.length === 0 ? {} : { dictionary });
