import { drawBlocks } from "./blocks.js";
import { el, post, toast } from "./dom.js";
import { readFields, showErrors } from "./fields.js";

// The top modal of the viewer. Redrawn only when another view is on top, so that typing is never lost.
let shown = null;
let opener = null;

/** @param {any} view @param {any} world @param {(click: any, control: HTMLElement) => void} act */
export function showModal(view, world, act) {
  const root = document.getElementById("modal-root");
  const key = view === null ? null : `${view.id} ${view.hash} ${JSON.stringify(view.blocks)}`;
  if (key === shown) return;
  if (shown === null) opener = document.activeElement;
  shown = key;
  root.replaceChildren();
  if (view === null) return opener?.isConnected ? opener.focus() : undefined;
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
    if (submit === null || submit.disabled) return;
    submit.disabled = true;
    submit.textContent = "Sending…";
    const answer = await post("/page/submit", { viewer: world.viewer, view_id: view.id, values: readFields(body) });
    submit.disabled = false;
    submit.textContent = view.submit.text;
    if (answer.errors !== undefined) return showErrors(body, answer.errors);
    if (!answer.ok) toast(answer.detail ?? "Slack would show an error here.");
    world.refresh();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") void close();
    if (event.key === "Tab") trap(form, event);
  });
  root.append(el("div", { class: "backdrop" }, form));
  (body.querySelector("input, textarea, select") ?? form.querySelector("footer button"))?.focus();
}

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
