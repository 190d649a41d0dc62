import { randomBytes } from "node:crypto";

/** Identifiers and secrets. All randomness of the house is made here. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz";

/** 20 characters, about 115 bits: not to be guessed. */
function randomName(): string {
  let name = "";
  while (name.length < 20) {
    for (const byte of nextBytes(24)) {
      // 54 symbols: bytes from 216 on would make the first ones likelier.
      if (byte < 216 && name.length < 20) name += ALPHABET[byte % ALPHABET.length];
    }
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

export const newEscalationId = () => `esc_${randomName()}`;
export const newAgentId = () => `agt_${randomName()}`;
export const newDeliveryId = () => `dlv_${randomName()}`;
export const newLease = () => `lease_${randomName()}`;
export const newExecutionToken = () => `ext_${randomBytes(24).toString("base64url")}`;
/** 256 bits; the prefix lets secret scanners find it. */
export const newAgentKey = () => `csk_${randomBytes(32).toString("base64url")}`;
export const newCallbackSecret = () => `whsec_${randomBytes(32).toString("base64")}`;

/** 32 random bytes that key one commitment. */
export const newSalt = (): Buffer => nextBytes(32);
export const newRequestId = () => `req_${randomName()}`;

/** Whether it could be one of ours; nothing else is looked for. */
export const isEscalationId = (text: string): boolean => /^esc_[0-9A-Za-z]{1,60}$/.test(text);
