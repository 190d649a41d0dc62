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
import type { Block } from "./state.ts";

/**
 * The blocks that are new since 2026, with the limits that Slack documents. What it says of the insides of a plan is checked as
 * far as a message would be refused for it.
 */
export type Surface = "message" | "modal" | "home";

export const FRESH_ON: Record<string, readonly Surface[]> = {
  container: ["message", "home"],
  card: ["message", "modal", "home"],
  carousel: ["message", "modal", "home"],
  alert: ["modal"],
  data_table: ["message", "home"],
  data_visualization: ["message"],
  plan: ["message"],
  task_card: ["message"],
  context_actions: ["message"],
};

const TABLE_CHARS_MAX = 10_000;
const CHARTS_MAX = 2;
const IN_CONTAINER = new Set(["actions", "context", "divider", "header", "image", "input", "rich_text", "section"]);
const LEVELS = new Set(["default", "info", "warning", "error", "success"]);
const TASK_STATES = new Set(["pending", "in_progress", "complete", "error"]);
const ANY_TEXT = ["plain_text", "mrkdwn"];

/** `inside`: how the blocks within a container are checked. */
export function freshFaults(block: Block, inside: (blocks: unknown) => string[]): string[] {
  switch (block.type) {
    case "container":
      return containerFaults(block, inside);
    case "card":
      return cardFaults(block);
    case "carousel":
      return listFaults(block["elements"], 1, 10, (one) => (one["type"] === "card" ? cardFaults(one) : ["must be a card"]));
    case "data_table":
      return tableFaults(block);
    case "data_visualization":
      return chartFaults(block);
    case "plan":
      return [...needed(block, "title"), ...listFaults(block["tasks"], 1, 50, taskFaults)];
    case "task_card":
      return taskFaults(block);
    case "context_actions":
      return [...listFaults(block["elements"], 1, 5, contextActionFaults), ...duplicateActions(block["elements"])];
    default:
      return [...textFaults(block["text"], 200, ANY_TEXT), ...oneOf(block["level"], LEVELS, "level")];
  }
}

/** What holds for a message as a whole: its tables together, its charts, and that plans and single tasks are not mixed. */
export function freshFaultsOfAll(blocks: readonly Block[]): string[] {
  const count = (type: string) => blocks.filter((block) => block.type === type).length;
  const chars = blocks.filter((block) => block.type === "data_table").reduce((sum, block) => sum + textOf(block["rows"]), 0);
  return [
    ...(count("data_visualization") > CHARTS_MAX ? [`no more than ${CHARTS_MAX} data_visualization blocks allowed`] : []),
    ...(chars > TABLE_CHARS_MAX ? [`data_table blocks may hold ${TABLE_CHARS_MAX} characters in all`] : []),
    ...(count("plan") > 0 && count("task_card") > 0 ? ["plan and task_card blocks cannot be mixed"] : []),
  ];
}

const textOf = (rows: unknown): number => JSON.stringify(rows ?? []).length;
const needed = (block: Json, field: string): string[] => (block[field] === undefined ? [`missing required field: ${field}`] : []);
const oneOf = (value: unknown, allowed: ReadonlySet<string>, what: string): string[] =>
  value === undefined || allowed.has(String(value)) ? [] : [`${what} must be one of ${[...allowed].join(", ")}`];
/** Checked only where it is there. */
const optional = (value: unknown, check: (value: unknown) => string[]): string[] => (value === undefined ? [] : check(value));
const picture = (value: unknown): string[] =>
  isObject(value) && value["type"] === "image" ? imageFaults(value) : ["must be an image"];

function containerFaults(block: Block, inside: (blocks: unknown) => string[]): string[] {
  const children = block["child_blocks"];
  const strange = Array.isArray(children)
    ? children.filter((one: unknown) => !isObject(one) || !IN_CONTAINER.has(String(one["type"])))
    : [];
  const title = block["rich_text_title"] === undefined ? textFaults(block["title"], 150, ["plain_text"]) : [];
  const folded = block["default_collapsed"] === true && block["is_collapsible"] !== true;
  return [
    ...title,
    ...optional(block["subtitle"], (one) => textFaults(one, 150, ANY_TEXT)),
    ...optional(block["icon"], picture),
    ...listFaults(children, 1, 10, () => []),
    ...strange.map((one: Json) => `a container may not hold: ${String(one?.["type"])}`),
    ...(folded ? ["default_collapsed needs is_collapsible"] : []),
    ...(Array.isArray(children) && strange.length === 0 ? inside(children) : []),
  ];
}

/** At least one of what a card can show; its texts and buttons have limits of their own. */
function cardFaults(card: Json): string[] {
  const shows = ["hero_image", "title", "actions", "body"].some((field) => card[field] !== undefined);
  const text = (field: string, max: number) => optional(card[field], (one) => textFaults(one, max, ANY_TEXT));
  const button = (one: Json) => (one["type"] === "button" ? elementFaults(one) : ["actions of a card must be buttons"]);
  return [
    ...(shows ? [] : ["at least one of hero_image, title, actions or body is required"]),
    ...text("title", 150),
    ...text("subtitle", 150),
    ...text("body", 200),
    ...text("subtext", 200),
    ...optional(card["hero_image"], picture),
    ...optional(card["icon"], picture),
    ...optional(card["actions"], (one) => [...listFaults(one, 1, 3, button), ...duplicateActions(one)]),
  ];
}

/** Thumbs and icons under a message. */
function contextActionFaults(element: Json): string[] {
  const id = tooLong(element["action_id"], 255, "action_id");
  const button = (one: unknown): string[] => {
    if (!isObject(one)) return ["feedback_buttons needs positive_button and negative_button"];
    return typeof one["value"] === "string" ? elementFaults({ ...one, type: "button" }) : ["missing required field: value"];
  };
  switch (element["type"]) {
    case "feedback_buttons":
      return [...id, ...button(element["positive_button"]), ...button(element["negative_button"])];
    case "icon_button":
      return [
        ...(element["icon"] === "trash" ? [] : ["icon must be trash"]),
        ...elementFaults({ ...element, type: "button" }),
        ...optional(element["visible_to_user_ids"], (ids) =>
          Array.isArray(ids) ? [] : ["visible_to_user_ids must be an array"],
        ),
      ];
    default:
      return [`unsupported type: ${String(element["type"])}`];
  }
}

/** A head and at least one row, all of one width. */
function tableFaults(block: Block): string[] {
  const { rows, page_size: size } = block as { rows?: unknown; page_size?: unknown };
  const caption = typeof block["caption"] === "string" && block["caption"] !== "" ? [] : ["missing required field: caption"];
  const page =
    size === undefined || (Number.isInteger(size) && Number(size) >= 1 && Number(size) <= 100)
      ? []
      : ["page_size must be between 1 and 100"];
  if (!Array.isArray(rows) || rows.length < 2 || rows.length > 101)
    return [...caption, ...page, "must have a header and 1 to 100 rows"];
  const width = Array.isArray(rows[0]) ? rows[0].length : 0;
  if (width < 1 || width > 20) return [...caption, ...page, "must have 1 to 20 columns"];
  const even = rows.every((row: unknown) => Array.isArray(row) && row.length === width);
  const cells = rows.flatMap((row: unknown, i) =>
    Array.isArray(row) ? row.flatMap((cell: unknown) => cellFaults(cell, i === 0)) : [],
  );
  return [...caption, ...page, ...(even ? [] : ["all rows must have the same number of cells"]), ...cells];
}

function cellFaults(cell: unknown, head: boolean): string[] {
  if (!isObject(cell)) return ["a cell must be an object"];
  switch (cell["type"]) {
    case "raw_text":
      return typeof cell["text"] === "string" && cell["text"] !== "" ? [] : ["missing required field: text"];
    case "raw_number":
      return typeof cell["value"] === "number" ? [] : ["missing required field: value"];
    case "rich_text":
      return head ? ["a header cell may not be rich_text"] : listFaults(cell["elements"], 1, 200, richFaults);
    default:
      return [`unsupported type: ${String(cell["type"])}`];
  }
}

/** A pie has segments; the others have series over named categories. */
function chartFaults(block: Block): string[] {
  const { title, chart } = block as { title?: unknown; chart?: unknown };
  const named = typeof title === "string" && title !== "" ? tooLong(title, 50, "title") : ["missing required field: title"];
  if (!isObject(chart)) return [...named, "missing required field: chart"];
  switch (chart["type"]) {
    case "pie":
      return [...named, ...listFaults(chart["segments"], 1, 6, (one) => [...needed(one, "label"), ...needed(one, "value")])];
    case "line":
    case "bar":
    case "area": {
      const axis = isObject(chart["axis_config"]) ? chart["axis_config"]["categories"] : undefined;
      const categories =
        Array.isArray(axis) && axis.length >= 1 && axis.length <= 20 ? [] : ["axis_config must have 1 to 20 categories"];
      return [...named, ...listFaults(chart["series"], 1, 6, (one) => needed(one, "name")), ...categories];
    }
    default:
      return [...named, "chart type must be line, bar, area or pie"];
  }
}

function taskFaults(task: Json): string[] {
  const rich = (field: string) =>
    optional(task[field], (one) =>
      isObject(one) && one["type"] === "rich_text"
        ? listFaults(one["elements"], 1, 1, richFaults)
        : [`${field} must be a rich_text`],
    );
  return [
    ...needed(task, "task_id"),
    ...needed(task, "title"),
    ...oneOf(task["status"], TASK_STATES, "status"),
    ...rich("details"),
    ...rich("output"),
  ];
}
