import { blockFaults, viewFaults } from "../validate.ts";
import { type Answer, type Method, no } from "./answers.ts";

/** `blocks.validate`: says what is wrong without sending anything, and needs no scope. */
const POINTED = /^(?<message>.*) \[json-pointer:(?<pointer>.*)\]$/s;

const validate: Method = (_world, args) => {
  const { blocks, message, view } = args as { blocks?: unknown; message?: { blocks?: unknown }; view?: unknown };
  if ([blocks, message, view].filter((one) => one !== undefined).length !== 1)
    return no("invalid_arguments", ["[ERROR] give exactly one of blocks, message and view"]);
  if (view !== undefined) return answer("invalid_view", viewFaults(view), "");
  if (message !== undefined) return answer("invalid_message", blockFaults(message?.blocks ?? [], "message"), "");
  return answer("invalid_blocks", blockFaults(blocks, "message"), "/blocks");
};

/** Pointers begin at what was given: blocks by themselves have no member `blocks`. */
function answer(error: string, faults: readonly string[], from: string): Answer {
  if (faults.length === 0) return { ok: true };
  const errors = faults.map((fault) => {
    const { message = fault, pointer = "" } = POINTED.exec(fault)?.groups ?? {};
    return { pointer: pointer.startsWith(from) ? pointer.slice(from.length) : pointer, code: "failed_constraint", message };
  });
  return { ok: false, error, errors };
}

export const BLOCK_METHODS: Record<string, Method> = { "blocks.validate": validate };
