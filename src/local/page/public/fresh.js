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
        { class: "block", open: block.default_collapsed !== true },
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
      return el("div", { class: "block" }, el("b", {}, plain(block.title)), el("div", {}, plain(block.body ?? block.subtitle)));
    case "alert":
      return el("div", { class: "block", role: "note" }, `⚠ ${plain(block.text)}`);
    case "data_visualization":
      return el("div", { class: "block context" }, `(${block.chart?.type ?? "chart"}: ${plain(block.title)})`);
    default:
      return null;
  }
}

const task = (one) => el("div", {}, `${MARKS[one.status] ?? "○"} ${plain(one.title)}`);

function table(rows) {
  const [head, ...rest] = rows;
  const row = (tag, cells) => el("tr", {}, ...cells.map((cell) => el(tag, {}, plain(cell))));
  return el("table", { class: "block" }, el("thead", {}, row("th", head)), el("tbody", {}, ...rest.map((one) => row("td", one))));
}
