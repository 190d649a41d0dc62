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

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

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
        element["type"] === "image" ? [] : textFaults(element, 3000, ["plain_text", "mrkdwn"]),
      );
    case "actions":
      return [...listFaults(block["elements"], 1, 25, elementFaults), ...duplicateActions(block["elements"])];
    case "input":
      return [
        ...textFaults(block["label"], 2000, ["plain_text"]),
        ...(block["hint"] === undefined ? [] : textFaults(block["hint"], 2000, ["plain_text"])),
        ...(isObject(block["element"]) ? elementFaults(block["element"]) : ["missing required field: element"]),
      ];
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

function textFaults(value: unknown, max: number, types: string[]): string[] {
  if (!isObject(value) || typeof value["text"] !== "string") return ["missing required field: text"];
  if (!types.includes(String(value["type"]))) return [`text must be of type ${types.join(" or ")}`];
  const { length } = value["text"];
  if (length === 0) return ["must be more than 0 characters"];
  return length > max ? [`must be less than ${max + 1} characters`] : [];
}

function listFaults(value: unknown, min: number, max: number, each: (item: Json) => string[]): string[] {
  if (!Array.isArray(value)) return ["must be an array"];
  if (value.length < min) return [`no less than ${min} items allowed`];
  if (value.length > max) return [`no more than ${max} items allowed`];
  return value.flatMap((item: unknown) => (isObject(item) ? each(item) : ["must be an object"]));
}

function duplicateActions(elements: unknown): string[] {
  const ids = Array.isArray(elements)
    ? elements.map((element: Json) => element["action_id"]).filter((id) => id !== undefined)
    : [];
  return new Set(ids).size === ids.length ? [] : ["action_id must be unique within a block"];
}

const tooLong = (value: unknown, max: number, what: string) =>
  typeof value === "string" && value.length > max ? [`${what} must be less than ${max + 1} characters`] : [];

/** The question that Slack asks before a click counts. */
function confirmFaults(confirm: unknown): string[] {
  if (confirm === undefined) return [];
  if (!isObject(confirm)) return ["confirm must be an object"];
  return [
    ...textFaults(confirm["title"], 100, ["plain_text"]),
    ...textFaults(confirm["text"], 300, ["plain_text", "mrkdwn"]),
    ...textFaults(confirm["confirm"], 30, ["plain_text"]),
    ...textFaults(confirm["deny"], 30, ["plain_text"]),
    ...styleFaults(confirm["style"]),
  ];
}

function elementFaults(element: Json): string[] {
  const shared = [
    ...confirmFaults(element["confirm"]),
    ...tooLong(element["action_id"], 255, "action_id"),
    ...tooLong(element["accessibility_label"], 75, "accessibility_label"),
  ];
  const placeholder = element["placeholder"] === undefined ? [] : textFaults(element["placeholder"], 150, ["plain_text"]);
  switch (element["type"]) {
    case "button":
      return [
        ...shared,
        ...textFaults(element["text"], 75, ["plain_text"]),
        ...tooLong(element["value"], 2000, "value"),
        ...(element["url"] === undefined ? [] : urlFaults(element["url"])),
        ...styleFaults(element["style"]),
      ];
    case "overflow":
      return [...shared, ...listFaults(element["options"], 1, 5, optionFaults)];
    case "static_select":
      return [...shared, ...placeholder, ...listFaults(element["options"], 1, 100, optionFaults), ...initialFaults(element)];
    case "radio_buttons":
    case "checkboxes":
      return [...shared, ...listFaults(element["options"], 1, 10, optionFaults), ...initialFaults(element)];
    case "plain_text_input":
      return [...shared, ...placeholder, ...inputLengthFaults(element)];
    case "number_input":
      return typeof element["is_decimal_allowed"] === "boolean"
        ? [...shared, ...placeholder]
        : ["missing required field: is_decimal_allowed"];
    case "datepicker":
    case "datetimepicker":
    case "email_text_input":
    case "url_text_input":
      return [...shared, ...placeholder, ...initialValueFaults(element)];
    case "users_select":
      return [...shared, ...placeholder];
    default:
      return [`unsupported type: ${String(element["type"])}`];
  }
}

/** Values that an input may start with. */
function initialValueFaults(element: Json): string[] {
  const date = element["initial_date"];
  if (date !== undefined && !isDay(date)) return ["initial_date must be a real date, YYYY-MM-DD"];
  const time = element["initial_date_time"];
  if (time !== undefined && !(Number.isInteger(time) && /^\d{10}$/.test(String(time))))
    return ["initial_date_time must be a UNIX timestamp of 10 digits"];
  const text = element["initial_value"];
  if (typeof text !== "string") return [];
  if (element["type"] === "email_text_input")
    return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? [] : ["initial_value must be an e-mail address"];
  return element["type"] === "url_text_input" && !URL.canParse(text) ? ["initial_value must be a URL"] : [];
}

function isDay(value: unknown): boolean {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const ms = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value);
}

const styleFaults = (style: unknown) =>
  style === undefined || style === "primary" || style === "danger" ? [] : ["style must be primary or danger"];

function inputLengthFaults(element: Json): string[] {
  const max = element["max_length"];
  const initial = element["initial_value"];
  if (max !== undefined && (typeof max !== "number" || max < 1 || max > 3000)) return ["max_length must be between 1 and 3000"];
  return typeof initial === "string" && initial.length > (typeof max === "number" ? max : 3000)
    ? ["initial_value is longer than max_length"]
    : [];
}

/** Slack compares the initial option with the options to the letter. */
function initialFaults(element: Json): string[] {
  const initial = element["initial_option"];
  if (initial === undefined) return [];
  const options = (element["options"] ?? []) as unknown[];
  return options.some((option) => JSON.stringify(option) === JSON.stringify(initial))
    ? []
    : ["initial_option must be one of the options"];
}

function optionFaults(option: Json): string[] {
  const description = option["description"] === undefined ? [] : textFaults(option["description"], 75, ["plain_text", "mrkdwn"]);
  return [
    ...textFaults(option["text"], 75, ["plain_text", "mrkdwn"]),
    ...tooLong(option["value"], 150, "value"),
    ...description,
    ...(typeof option["value"] === "string" ? [] : ["missing required field: value"]),
  ];
}

function urlFaults(url: unknown): string[] {
  if (typeof url !== "string") return ["missing required field: url"];
  const isLink = /^(https?|mailto|tel|slack):/.test(url) && URL.canParse(url) && !/[\s\\]/.test(url);
  return isLink ? tooLong(url, 3000, "url") : ["must be a valid URL"];
}

const RICH = new Set(["rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"]);
const LEAVES = new Set(["text", "link", "user", "channel", "emoji", "date", "usergroup", "broadcast"]);

function richFaults(element: Json): string[] {
  if (!RICH.has(String(element["type"]))) return [`unsupported rich text element: ${String(element["type"])}`];
  return listFaults(element["elements"], 1, 500, (child) => {
    if (RICH.has(String(child["type"]))) return richFaults(child);
    if (!LEAVES.has(String(child["type"]))) return [`unsupported rich text element: ${String(child["type"])}`];
    if (child["type"] === "text" && (typeof child["text"] !== "string" || child["text"].length === 0))
      return ["text must not be empty"];
    return child["type"] === "link" ? urlFaults(child["url"]) : [];
  });
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
