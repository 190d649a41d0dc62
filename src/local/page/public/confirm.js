import { el } from "./dom.js";
import { goBack, placeOf } from "./focus.js";

// Slack's own question before a click counts. The browser's dialog holds the keyboard inside; Escape and the second button are a no.
let counter = 0;

/** @param {any} object the element's `confirm` @param {HTMLElement} control @returns {Promise<boolean>} */
export function confirmed(object, control) {
  counter++;
  const id = `confirm-${counter}`;
  const from = placeOf(control);
  return new Promise((resolve) => {
    const close = (yes) => {
      dialog.close();
      dialog.remove();
      goBack(from);
      resolve(yes);
    };
    const button = (name, className, words, yes) =>
      el("button", { type: "button", class: className, "data-testid": name, on: { click: () => close(yes) } }, words);
    const dialog = el(
      "dialog",
      {
        class: "modal confirm",
        "aria-labelledby": `${id}-title`,
        "aria-describedby": `${id}-text`,
        "data-testid": "confirm",
        on: { keydown: (event) => denyOnEscape(event, close) },
      },
      el("header", {}, el("h2", { id: `${id}-title` }, object.title.text)),
      el("div", { class: "body", id: `${id}-text` }, object.text.text),
      el(
        "footer",
        {},
        button("confirm-deny", "bk", object.deny.text, false),
        button("confirm-yes", object.style === "danger" ? "bk danger" : "primary", object.confirm.text, true),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("[data-testid=confirm-deny]").focus();
  });
}

/** The form underneath must not close with it. */
function denyOnEscape(event, close) {
  if (event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  close(false);
}
