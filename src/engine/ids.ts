import { randomBytes } from "node:crypto";

/** Identifiers and secrets. All randomness of the house is made here. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz";

/** 20 characters, about 115 bits: not to be guessed. */
function randomName(): string {
  let name = "";
  while (name.length < 20) {
    for (const byte of randomBytes(24)) {
      // 54 symbols: bytes from 216 on would make the first ones likelier.
      if (byte < 216 && name.length < 20) name += ALPHABET[byte % ALPHABET.length];
    }
  }
  return name;
}

export const newEscalationId = () => `esc_${randomName()}`;
export const newAgentId = () => `agt_${randomName()}`;
export const newDeliveryId = () => `dlv_${randomName()}`;
export const newLease = () => `lease_${randomName()}`;
export const newExecutionToken = () => `ext_${randomBytes(24).toString("base64url")}`;
/** 256 bits; the prefix lets secret scanners find it. */
export const newAgentKey = () => `csk_${randomBytes(32).toString("base64url")}`;
export const newCallbackSecret = () => `whsec_${randomBytes(32).toString("base64")}`;

/** Salts are drawn from a block of random bytes, each byte used once: asking the system for every one costs more than the hashing. */
const SALT_BYTES = 32;
const BLOCK_BYTES = SALT_BYTES * 256;
function createSalts(): () => Buffer {
  let block = Buffer.alloc(0);
  let at = 0;
  return () => {
    if (at + SALT_BYTES > block.length) {
      block = randomBytes(BLOCK_BYTES);
      at = 0;
    }
    at += SALT_BYTES;
    return block.subarray(at - SALT_BYTES, at);
  };
}
export const newSalt = createSalts();
export const newRequestId = () => `req_${randomName()}`;
