import { el } from "./dom.js";
import { spot } from "./focus.js";

/** A list to choose from, as an element of its own: choosing is the click. */
export function select(e, block, act) {
  const control = el(
    "select",
    {
      class: "bk",
      "aria-label": e.placeholder?.text ?? "Choose",
      "data-testid": `action-${e.action_id}`,
      "data-spot": spot(e.action_id, e.options[0]?.value),
    },
    el("option", { value: "" }, e.placeholder?.text ?? "Choose…"),
    ...e.options.map((o) => el("option", { value: o.value, selected: o.value === e.initial_option?.value }, o.text.text)),
  );
  control.addEventListener("change", () => {
    if (control.value === "") return;
    const choice = { type: "static_select", selected_option: { value: control.value } };
    act({ block_id: block.block_id, action_id: e.action_id, ...choice, confirm: e.confirm }, control);
  });
  return control;
}
