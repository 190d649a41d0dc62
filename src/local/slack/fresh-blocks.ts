import type { Block } from "./state.ts";

/**
 * The blocks that are new since 2026, with the limits that Slack documents. What it says of the insides of a card, a plan or a
 * chart is checked as far as a message would be refused for it.
 */
type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
export type Surface = "message" | "modal" | "home";

export const FRESH_ON: Record<string, readonly Surface[]> = {
  container: ["message", "home"],
  card: ["message", "modal", "home"],
  alert: ["modal"],
  data_table: ["message", "home"],
  data_visualization: ["message"],
  plan: ["message"],
  task_card: ["message"],
  context_actions: ["message"],
};

const CONTAINER_MAX = 10;
const COLUMNS_MAX = 20;
const ROWS_MAX = 100;
const TABLE_CHARS_MAX = 10_000;
const CHARTS_MAX = 2;
const CATEGORIES_MAX = 20;
const CHARTS = new Set(["line", "bar", "area", "pie"]);
const TASK_STATES = new Set(["pending", "in_progress", "complete", "error"]);

/** `inside`: how the blocks within a container are checked. */
export function freshFaults(block: Block, inside: (blocks: unknown) => string[]): string[] {
  switch (block.type) {
    case "container":
      return containerFaults(block, inside);
    case "data_table":
      return tableFaults(block);
    case "data_visualization":
      return chartFaults(block);
    case "plan":
      return [...needed(block, "title"), ...listOf(block["tasks"], 50).flatMap(taskFaults), ...listFault(block["tasks"], 1, 50)];
    case "task_card":
      return taskFaults(block);
    case "context_actions":
      return listFault(block["elements"], 1, 5);
    case "alert":
      return needed(block, "text");
    default:
      return needed(block, "title");
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
const listOf = (value: unknown, max: number): Json[] => (Array.isArray(value) ? value.slice(0, max).filter(isObject) : []);
function listFault(value: unknown, min: number, max: number): string[] {
  if (!Array.isArray(value)) return ["must be an array"];
  if (value.length < min) return [`no less than ${min} items allowed`];
  return value.length > max ? [`no more than ${max} items allowed`] : [];
}
const needed = (block: Json, field: string): string[] => (block[field] === undefined ? [`missing required field: ${field}`] : []);

function containerFaults(block: Block, inside: (blocks: unknown) => string[]): string[] {
  const children = block["child_blocks"];
  const nested = listOf(children, CONTAINER_MAX).some((child) => child["type"] === "container");
  return [
    ...needed(block, "title"),
    ...listFault(children, 1, CONTAINER_MAX),
    ...(nested ? ["a container may not hold a container"] : []),
    ...(Array.isArray(children) && !nested ? inside(children) : []),
  ];
}

function tableFaults(block: Block): string[] {
  const rows = block["rows"];
  const wide = Array.isArray(rows) && rows.some((row) => !Array.isArray(row) || row.length > COLUMNS_MAX);
  return [...listFault(rows, 1, ROWS_MAX + 1), ...(wide ? [`no more than ${COLUMNS_MAX} columns allowed`] : [])];
}

function chartFaults(block: Block): string[] {
  const chart = block["chart"];
  if (!isObject(chart)) return ["missing required field: chart"];
  const kind = CHARTS.has(String(chart["type"])) ? [] : ["chart type must be line, bar, area or pie"];
  const axis = isObject(chart["axis_config"]) ? chart["axis_config"]["categories"] : undefined;
  const parts = axis ?? chart["segments"];
  return [...kind, ...(parts === undefined ? [] : listFault(parts, 1, CATEGORIES_MAX))];
}

function taskFaults(task: Json): string[] {
  const status = task["status"];
  const known = status === undefined || TASK_STATES.has(String(status));
  return [...needed(task, "task_id"), ...needed(task, "title"), ...(known ? [] : [`unknown status: ${String(status)}`])];
}
