import { el } from "./dom.js";
import { field } from "./fields.js";
import { spot } from "./focus.js";
import { fresh } from "./fresh.js";
import { overflow } from "./menu.js";
import { dateNode, mention, mrkdwn } from "./mrkdwn.js";
import { select } from "./select.js";

// Block Kit as DOM. `act` is called with what was clicked; inputs are drawn by fields.js.

/** @param {any[]} blocks @param {any} world @param {(click: any, control: HTMLElement) => void} act */
export function drawBlocks(blocks, world, act) {
  return blocks.map((block) => draw(block, world, act)).filter((node) => node !== null);
}

function text(object, world) {
  return object.type === "mrkdwn" ? mrkdwn(object.text, world) : document.createTextNode(object.text);
}

function draw(block, world, act) {
  switch (block.type) {
    case "header":
      return el("div", { class: "block header" }, block.text.text);
    case "divider":
      return el("hr", { class: "block divider" });
    case "section":
      return section(block, world, act);
    case "context":
      return el(
        "div",
        { class: "block context" },
        ...block.elements.map((e) => (e.type === "image" ? el("span", {}, e.alt_text) : el("span", {}, text(e, world)))),
      );
    case "actions":
      return el("div", { class: "block actions" }, ...block.elements.map((e) => element(e, block, act)));
    case "rich_text":
      return el("div", { class: "block rich" }, ...block.elements.map((e) => rich(e, world)));
    case "image":
      // No picture from elsewhere is fetched here: what was uploaded stands with its message.
      return el("div", { class: "block context" }, `🖼 ${block.alt_text}`);
    case "input":
      return field(block);
    default:
      return fresh(block, (blocks) => drawBlocks(blocks, world, act)) ?? el("div", { class: "block context" }, `(${block.type})`);
  }
}

function section(block, world, act) {
  const fields =
    block.fields === undefined ? null : el("div", { class: "fields" }, ...block.fields.map((f) => el("div", {}, text(f, world))));
  const words = block.text === undefined ? null : el("div", {}, text(block.text, world));
  return el(
    "div",
    { class: "block" },
    words,
    fields,
    block.accessory === undefined ? null : element(block.accessory, block, act),
  );
}

function element(e, block, act) {
  if (e.type === "overflow") return overflow(e, block, act);
  if (e.type === "static_select") return select(e, block, act);
  const button = el(
    "button",
    {
      type: "button",
      class: `bk ${e.style ?? ""}`,
      "data-testid": `action-${e.action_id}`,
      "data-spot": spot(e.action_id, e.value),
      "aria-label": e.accessibility_label,
    },
    e.text.text,
  );
  button.addEventListener("click", () =>
    act({ block_id: block.block_id, action_id: e.action_id, type: "button", value: e.value, confirm: e.confirm }, button),
  );
  return button;
}

function rich(e, world) {
  if (e.type === "rich_text_list")
    return el(
      e.style === "ordered" ? "ol" : "ul",
      {},
      ...e.elements.map((item) => el("li", {}, ...leaves(item.elements, world))),
    );
  if (e.type === "rich_text_preformatted") return el("pre", {}, ...leaves(e.elements, world));
  return el(e.type === "rich_text_quote" ? "blockquote" : "div", {}, ...leaves(e.elements, world));
}

function leaves(elements, world) {
  return elements.map((e) => {
    if (e.type === "link")
      return el(
        "a",
        { href: /^https?:/.test(e.url) ? e.url : undefined, target: "_blank", rel: "noopener noreferrer" },
        e.text ?? e.url,
      );
    if (e.type === "user") return mention(e.user_id, world);
    if (e.type === "date") return dateNode(e.timestamp, e.format, world);
    if (e.type !== "text") return document.createTextNode(e.type === "emoji" ? `:${e.name}:` : "");
    let node = el("span", { class: "literal" }, e.text);
    if (e.style?.code) node = el("code", {}, node);
    if (e.style?.italic) node = el("i", {}, node);
    return e.style?.bold ? el("b", {}, node) : node;
  });
}
