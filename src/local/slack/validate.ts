import {
  duplicateActions,
  elementFaults,
  imageFaults,
  isObject,
  type Json,
  listFaults,
  richFaults,
  textFaults,
  tooLong,
} from "./elements.ts";
import { FRESH_ON, freshFaults, freshFaultsOfAll, type Surface } from "./fresh-blocks.ts";
import type { Block } from "./state.ts";

/**
 * Slack's limits on blocks, as its documentation and SDK give them. A fault is the sentence Slack would put into
 * `response_metadata.messages`.
 */
const ON: Record<string, readonly Surface[]> = {
  ...FRESH_ON,
  section: ["message", "modal", "home"],
  header: ["message", "modal", "home"],
  divider: ["message", "modal", "home"],
  context: ["message", "modal", "home"],
  actions: ["message", "modal", "home"],
  image: ["message", "modal", "home"],
  rich_text: ["message", "modal", "home"],
  input: ["message", "modal", "home"],
};
const BLOCKS_MAX: Record<Surface, number> = { message: 50, modal: 100, home: 100 };

export function blockFaults(blocks: unknown, surface: Surface): string[] {
  if (!Array.isArray(blocks)) return ["must be an array of blocks"];
  const faults: string[] = [];
  const add = (at: string, what: string) => faults.push(`${what} [json-pointer:/blocks${at}]`);
  if (blocks.length > BLOCKS_MAX[surface]) add("", `no more than ${BLOCKS_MAX[surface]} items allowed`);
  const ids = new Set<string>();
  for (const [i, block] of (blocks as unknown[]).entries()) {
    if (!isObject(block) || typeof block["type"] !== "string" || !(ON[block["type"]] ?? []).includes(surface)) {
      add(`/${i}`, `unsupported type: ${isObject(block) ? String(block["type"]) : typeof block}`);
      continue;
    }
    const id = block["block_id"];
    if (id !== undefined && (typeof id !== "string" || id.length > 255)) add(`/${i}/block_id`, "must be at most 255 characters");
    if (typeof id === "string" && ids.has(id)) add(`/${i}/block_id`, `block_id already exists: ${id}`);
    if (typeof id === "string") ids.add(id);
    const inside = (children: unknown) => blockFaults(children, surface);
    const found = block["type"] in FRESH_ON ? freshFaults(block as Block, inside) : oneBlock(block as Block);
    for (const fault of found) add(`/${i}`, fault);
  }
  for (const fault of freshFaultsOfAll((blocks as unknown[]).filter(isObject) as Block[])) add("", fault);
  return faults;
}

function oneBlock(block: Block): string[] {
  switch (block.type) {
    case "header":
      return textFaults(block["text"], 150, ["plain_text"]);
    case "section":
      return sectionFaults(block);
    case "context":
      return listFaults(block["elements"], 1, 10, (element) =>
        element["type"] === "image" ? imageFaults(element) : textFaults(element, 3000, ["plain_text", "mrkdwn"]),
      );
    case "actions":
      return [...listFaults(block["elements"], 1, 25, elementFaults), ...duplicateActions(block["elements"])];
    case "input":
      return [
        ...textFaults(block["label"], 2000, ["plain_text"]),
        ...(block["hint"] === undefined ? [] : textFaults(block["hint"], 2000, ["plain_text"])),
        ...(isObject(block["element"]) ? elementFaults(block["element"]) : ["missing required field: element"]),
      ];
    case "image":
      return [...imageFaults(block), ...(block["title"] === undefined ? [] : textFaults(block["title"], 2000, ["plain_text"]))];
    case "rich_text":
      return listFaults(block["elements"], 1, 200, richFaults);
    default:
      return [];
  }
}

function sectionFaults(block: Block): string[] {
  if (block["text"] === undefined && block["fields"] === undefined) return ["missing required field: text or fields"];
  const text = block["text"] === undefined ? [] : textFaults(block["text"], 3000, ["plain_text", "mrkdwn"]);
  const fields =
    block["fields"] === undefined
      ? []
      : listFaults(block["fields"], 1, 10, (field) => textFaults(field, 2000, ["plain_text", "mrkdwn"]));
  const accessory = isObject(block["accessory"]) ? elementFaults(block["accessory"]) : [];
  return [...text, ...fields, ...accessory];
}

/** A view as a whole: its frame, its size, and that a modal with inputs can be submitted. */
export function viewFaults(view: unknown): string[] {
  if (!isObject(view) || (view["type"] !== "modal" && view["type"] !== "home")) return ["type must be modal or home"];
  const faults = blockFaults(view["blocks"], view["type"]);
  // Bytes on the wire: a character outside ASCII is more than one.
  if (Buffer.byteLength(JSON.stringify(view)) > 250_000) faults.push("view is larger than 250 KB");
  faults.push(
    ...tooLong(view["private_metadata"], 3000, "private_metadata"),
    ...tooLong(view["callback_id"], 255, "callback_id"),
  );
  if (view["type"] === "home") return faults;
  faults.push(...textFaults(view["title"], 24, ["plain_text"]));
  for (const key of ["submit", "close"]) if (view[key] !== undefined) faults.push(...textFaults(view[key], 24, ["plain_text"]));
  const hasInput = Array.isArray(view["blocks"]) && view["blocks"].some((block: Json) => block["type"] === "input");
  if (hasInput && view["submit"] === undefined) faults.push("a modal with input blocks needs submit");
  return faults;
}
