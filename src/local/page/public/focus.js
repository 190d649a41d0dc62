// Where the keyboard is: it must not fall back to the top of the page because something was drawn anew or a form closed.

/** What a control is, in a way that survives a redraw: ids of blocks change with every drawing of a card. */
export const spot = (...parts) => parts.filter((part) => part !== undefined && part !== null).join(" ");

const lost = () => {
  const at = document.activeElement;
  return at === null || at === document.body || !at.checkVisibility();
};

/** @param {Element | null} node */
export function placeOf(node) {
  if (node === null || node === document.body) return null;
  const owner = node.closest("[popover]")?.previousElementSibling ?? node;
  return {
    node: owner,
    spot: owner.closest("[data-spot]")?.dataset.spot ?? null,
    message: owner.closest("[data-message]")?.dataset.message ?? null,
  };
}

/** Back to the control itself, else to the same one drawn anew, else to its card, else to the conversation. */
export function goBack(place) {
  const list = document.getElementById("messages");
  if (place === null) return list.focus();
  const card = place.message === null ? null : list.querySelector(`[data-message="${CSS.escape(place.message)}"]`);
  const again = place.spot === null ? null : (card ?? document).querySelector(`[data-spot="${CSS.escape(place.spot)}"]`);
  for (const node of [place.node, again, card, list]) {
    if (!node?.isConnected || !node.checkVisibility()) continue;
    node.focus({ preventScroll: node === card });
    if (!lost()) return;
  }
}

/** Draws, and puts the focus back where it was when the drawing took it away. */
export function keepFocus(root, draw) {
  const place = root.contains(document.activeElement) ? placeOf(document.activeElement) : null;
  draw();
  if (place !== null && lost()) goBack(place);
}

/** After going somewhere else: what had the focus may be on a part of the page that is hidden now. */
export function catchFocus() {
  if (lost()) goBack(null);
}

/** A control that is busy: it keeps the focus, which `disabled` would throw away. Answers null while it was busy already. */
export async function whileBusy(control, work) {
  if (control.getAttribute("aria-disabled") === "true") return null;
  control.setAttribute("aria-disabled", "true");
  try {
    return await work();
  } finally {
    control.removeAttribute("aria-disabled");
  }
}
