import { el } from "./dom.js";

// The blocks that are new since 2026, drawn simply: what they say, and how they fold.

const plain = (object) => (typeof object === "string" ? object : (object?.text ?? ""));
const MARKS = { pending: "○", in_progress: "◐", complete: "✓", error: "✗" };

/** @param {any} block @param {(blocks: any[]) => Node[]} inside how blocks within a container are drawn */
export function fresh(block, inside) {
  switch (block.type) {
    case "container":
      return el(
        "details",
        { class: "block", open: block.is_collapsible !== true || block.default_collapsed !== true },
        el("summary", {}, plain(block.title)),
        ...inside(block.child_blocks),
      );
    case "data_table":
      return table(block.rows);
    case "plan":
      return el("div", { class: "block" }, el("b", {}, plain(block.title)), ...block.tasks.map(task));
    case "task_card":
      return el("div", { class: "block" }, task(block));
    case "card":
      return card(block, inside);
    case "carousel":
      return el("div", { class: "block" }, ...block.elements.map((one) => card(one, inside)));
    case "context_actions":
      return inside([{ type: "actions", block_id: block.block_id, elements: block.elements.flatMap(asButtons) }])[0];
    case "alert":
      return el("div", { class: "block", role: "note" }, `⚠ ${plain(block.text)}`);
    case "data_visualization":
      return el("div", { class: "block context" }, `(${block.chart?.type ?? "chart"}: ${plain(block.title)})`);
    default:
      return null;
  }
}

function card(one, inside) {
  const lines = [one.subtitle, one.body, one.subtext].map(plain).filter((text) => text !== "");
  const buttons = one.actions === undefined ? [] : inside([{ type: "actions", block_id: one.block_id, elements: one.actions }]);
  return el("div", { class: "block" }, el("b", {}, plain(one.title)), ...lines.map((text) => el("div", {}, text)), ...buttons);
}

/** Thumbs up and down are two buttons of one action. */
function asButtons(element) {
  if (element.type !== "feedback_buttons") return [{ ...element, type: "button" }];
  const { action_id, positive_button, negative_button } = element;
  return [positive_button, negative_button].map((one) => ({ ...one, action_id, type: "button" }));
}

const task = (one) => el("div", {}, `${MARKS[one.status] ?? "○"} ${plain(one.title)}`);

function table(rows) {
  const [head, ...rest] = rows;
  const row = (tag, cells) => el("tr", {}, ...cells.map((cell) => el(tag, {}, plain(cell))));
  return el("table", { class: "block" }, el("thead", {}, row("th", head)), el("tbody", {}, ...rest.map((one) => row("td", one))));
}
