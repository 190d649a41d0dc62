import { deflateRawSync, inflateRawSync } from "node:zlib";

/**
 * How private content lies in the database: as one value that nothing there looks into, packed where that saves something. The
 * key of the escalation is handed in by everybody already, so that packing can become encryption without anybody noticing.
 */
const PLAIN = 0;
const DEFLATED = 1;
/** Below this, packing costs more than it saves. */
const WORTH_PACKING_CHARS = 200;

export function seal(_key: string, text: string): Buffer {
  const plain = Buffer.from(text);
  if (plain.length < WORTH_PACKING_CHARS) return Buffer.concat([Buffer.from([PLAIN]), plain]);
  return Buffer.concat([Buffer.from([DEFLATED]), deflateRawSync(plain, { level: 3, memLevel: 6 })]);
}

/** Throws on what `seal` cannot have made. */
export function unseal(_key: string, sealed: Buffer): string {
  const [form] = sealed;
  const content = sealed.subarray(1);
  if (form === PLAIN) return content.toString("utf8");
  if (form === DEFLATED) return inflateRawSync(content).toString("utf8");
  throw new Error(`sealed content of an unknown form: ${form}`);
}
