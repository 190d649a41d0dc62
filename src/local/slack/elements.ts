/**
 * What blocks are made of: texts, lists, buttons and inputs, with Slack's limits. A fault is the sentence Slack would put into
 * `response_metadata.messages`.
 */
export type Json = Record<string, unknown>;
export const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

export function textFaults(value: unknown, max: number, types: string[]): string[] {
  if (!isObject(value) || typeof value["text"] !== "string") return ["missing required field: text"];
  if (!types.includes(String(value["type"]))) return [`text must be of type ${types.join(" or ")}`];
  const { length } = value["text"];
  if (length === 0) return ["must be more than 0 characters"];
  return length > max ? [`must be less than ${max + 1} characters`] : [];
}

export function listFaults(value: unknown, min: number, max: number, each: (item: Json) => string[]): string[] {
  if (!Array.isArray(value)) return ["must be an array"];
  if (value.length < min) return [`no less than ${min} items allowed`];
  if (value.length > max) return [`no more than ${max} items allowed`];
  return value.flatMap((item: unknown) => (isObject(item) ? each(item) : ["must be an object"]));
}

export function duplicateActions(elements: unknown): string[] {
  const ids = Array.isArray(elements)
    ? elements.map((element: Json) => element["action_id"]).filter((id) => id !== undefined)
    : [];
  return new Set(ids).size === ids.length ? [] : ["action_id must be unique within a block"];
}

export const tooLong = (value: unknown, max: number, what: string) =>
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

export function elementFaults(element: Json): string[] {
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
  const several = element["initial_options"];
  const initial = Array.isArray(several) ? several : [element["initial_option"]].filter((one) => one !== undefined);
  const options = (element["options"] ?? []) as unknown[];
  const isOffered = (one: unknown) => options.some((option) => JSON.stringify(option) === JSON.stringify(one));
  return initial.every(isOffered) ? [] : ["initial options must be among the options"];
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

/** An image has an address, or is a file that was uploaded before; and words for those who do not see it. */
export function imageFaults(image: Json): string[] {
  const { image_url: url, slack_file: file } = image as { image_url?: unknown; slack_file?: unknown };
  const words =
    typeof image["alt_text"] === "string" ? tooLong(image["alt_text"], 2000, "alt_text") : ["missing required field: alt_text"];
  if ((url === undefined) === (file === undefined)) return [...words, "exactly one of image_url and slack_file is required"];
  if (url !== undefined) return [...words, ...(/^https?:/.test(String(url)) ? urlFaults(url) : ["must be a valid URL"])];
  return isObject(file) && (typeof file["id"] === "string") !== (typeof file["url"] === "string")
    ? words
    : [...words, "slack_file needs an id or a url"];
}

function urlFaults(url: unknown): string[] {
  if (typeof url !== "string") return ["missing required field: url"];
  const isLink = /^(https?|mailto|tel|slack):/.test(url) && URL.canParse(url) && !/[\s\\]/.test(url);
  return isLink ? tooLong(url, 3000, "url") : ["must be a valid URL"];
}

const RICH = new Set(["rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"]);
const LEAVES = new Set(["text", "link", "user", "channel", "emoji", "date", "usergroup", "broadcast"]);

export function richFaults(element: Json): string[] {
  if (!RICH.has(String(element["type"]))) return [`unsupported rich text element: ${String(element["type"])}`];
  return listFaults(element["elements"], 1, 500, (child) => {
    if (RICH.has(String(child["type"]))) return richFaults(child);
    if (!LEAVES.has(String(child["type"]))) return [`unsupported rich text element: ${String(child["type"])}`];
    if (child["type"] === "text" && (typeof child["text"] !== "string" || child["text"].length === 0))
      return ["text must not be empty"];
    return child["type"] === "link" ? urlFaults(child["url"]) : [];
  });
}
