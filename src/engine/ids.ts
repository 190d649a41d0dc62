import { randomBytes } from "node:crypto";

/** Identifiers and secrets. All randomness of the house is made here. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz";

/** So many characters, each of 5.75 bits. */
function randomName(length = 20): string {
  let name = "";
  while (name.length < length) {
    for (const byte of nextBytes(24)) {
      // 54 symbols: bytes from 216 on would make the first ones likelier.
      if (byte < 216 && name.length < length) name += ALPHABET[byte % ALPHABET.length];
    }
  }
  return name;
}

/** Milliseconds since 1970, of the same length until the year 4254: sorted as bytes, what is later stands behind. */
const TIME_LENGTH = 8;
const RANDOM_LENGTH = 16;

function timeName(at: Date): string {
  let rest = at.getTime();
  let name = "";
  for (let i = 0; i < TIME_LENGTH; i++) {
    name = `${ALPHABET[rest % ALPHABET.length]}${name}`;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return name;
}

/**
 * Drawn from blocks of random bytes, each byte used once: asking the system for every few costs more than what is done with them.
 */
const BLOCK_BYTES = 8192;
function createDraw(): (bytes: number) => Buffer {
  let block = Buffer.alloc(0);
  let at = 0;
  return (bytes) => {
    if (at + bytes > block.length) {
      block = randomBytes(BLOCK_BYTES);
      at = 0;
    }
    at += bytes;
    return block.subarray(at - bytes, at);
  };
}
const nextBytes = createDraw();

/**
 * The time first, so that what is new stands together in every index and a month can be dropped as one; then 92 random bits,
 * not to be guessed. `cell`: which of several databases it lies in, empty where there is one.
 */
export const newEscalationId = (now: Date, cell: string): string => `${firstIdAt(now, cell)}${randomName(RANDOM_LENGTH)}`;

/** What every id of that moment begins with, and where those of a time and later begin. */
export const firstIdAt = (at: Date, cell: string): string => `esc_${cell}${timeName(at)}`;

/** When an escalation was opened, by its id alone; null when it is none of ours. */
export function timeOfId(id: string): Date | null {
  if (!isEscalationId(id)) return null;
  const digits = [...id.slice(-RANDOM_LENGTH - TIME_LENGTH, -RANDOM_LENGTH)].map((letter) => ALPHABET.indexOf(letter));
  const known = digits.length === TIME_LENGTH && !digits.includes(-1);
  return known ? new Date(digits.reduce((ms, digit) => ms * ALPHABET.length + digit, 0)) : null;
}
export const newAgentId = () => `agt_${randomName()}`;
export const newDeliveryId = () => `dlv_${randomName()}`;
export const newLease = () => `lease_${randomName()}`;
export const newExecutionToken = () => `ext_${randomBytes(24).toString("base64url")}`;
/** 256 bits; the prefix lets secret scanners find it. */
export const newAgentKey = (cell: string) => `csk_${cell}${randomBytes(32).toString("base64url")}`;
export const newCallbackSecret = () => `whsec_${randomBytes(32).toString("base64")}`;

/** 32 random bytes that key one commitment. */
export const newSalt = (): Buffer => nextBytes(32);
export const newRequestId = () => `req_${randomName()}`;

/** Whether it could be one of ours; nothing else is looked for. */
export const isEscalationId = (text: string): boolean => /^esc_[0-9A-Za-z]{1,60}$/.test(text);
