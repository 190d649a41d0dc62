import { drawBlocks } from "./blocks.js";
import { el, post, toast } from "./dom.js";
import { readFields, showErrors } from "./fields.js";
import { goBack, placeOf, whileBusy } from "./focus.js";

// The top modal of the viewer. Redrawn only when another view is on top, so that typing is never lost.
let shown = null;
let opener = null;
let closeTop = null;

/** @param {any} view @param {any} world @param {(click: any, control: HTMLElement) => void} act */
export function showModal(view, world, act) {
  const root = document.getElementById("modal-root");
  const key = view === null ? null : `${view.id} ${view.hash} ${JSON.stringify(view.blocks)}`;
  if (key === shown) return;
  if (shown === null) opener = placeOf(document.activeElement);
  shown = key;
  root.replaceChildren();
  hold(view !== null);
  if (view === null) return goBack(opener);
  const close = async () => {
    await post("/page/close", { viewer: world.viewer, view_id: view.id });
    world.refresh();
  };
  const body = el("div", { class: "body" }, ...drawBlocks(view.blocks, world, act));
  const submit =
    view.submit === undefined
      ? null
      : el("button", { type: "submit", class: "primary", "data-testid": "modal-submit" }, view.submit.text);
  const form = el(
    "form",
    {
      class: "modal",
      role: "dialog",
      "aria-modal": "true",
      "aria-labelledby": "modal-title",
      "data-testid": "modal",
      novalidate: true,
    },
    el("header", {}, el("h2", { id: "modal-title" }, view.title.text)),
    body,
    el(
      "footer",
      {},
      el(
        "button",
        { type: "button", class: "bk", "data-testid": "modal-close", on: { click: close } },
        view.close?.text ?? "Cancel",
      ),
      submit,
    ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit === null) return;
    const answer = await whileBusy(submit, () => {
      submit.textContent = "Sending…";
      return post("/page/submit", { viewer: world.viewer, view_id: view.id, values: readFields(body) });
    });
    if (answer === null) return;
    submit.textContent = view.submit.text;
    if (answer.errors !== undefined) return showErrors(body, answer.errors);
    if (!answer.ok) toast(answer.detail ?? "Slack would show an error here.");
    world.refresh();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Tab") trap(form, event);
  });
  closeTop = close;
  root.append(el("div", { class: "backdrop" }, form));
  (body.querySelector("input, textarea, select") ?? form.querySelector("footer button"))?.focus();
}

/** While a form is open the page behind it is out of reach, and no menu stays open over it. */
function hold(open) {
  closeTop = null;
  for (const part of document.querySelectorAll(".skip, .top, .tabs, main")) part.inert = open;
  if (open) for (const menu of document.querySelectorAll(":popover-open")) menu.hidePopover();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && closeTop !== null && !event.defaultPrevented) void closeTop();
});

function trap(form, event) {
  const stops = [...form.querySelectorAll("button, input, textarea, select, summary, a[href]")].filter((node) => !node.disabled);
  const [first, last] = [stops[0], stops.at(-1)];
  if (event.shiftKey && document.activeElement === first) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && document.activeElement === last) {
    event.preventDefault();
    first.focus();
  }
}
