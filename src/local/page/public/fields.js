import { el } from "./dom.js";

// Inputs of a modal, and reading them back as Slack's state values.

export function field(block) {
  const e = block.element;
  const id = `field-${block.block_id}`;
  const optional = block.optional ? el("span", { class: "opt" }, " (optional)") : null;
  const hint = block.hint === undefined ? null : el("div", { class: "fieldhint", id: `${id}-hint` }, block.hint.text);
  const error = el("div", { class: "fielderror", id: `${id}-error`, role: "alert" });
  const group = e.type === "radio_buttons" || e.type === "checkboxes";
  const control = input(e, id, block);
  const frame = group
    ? el("fieldset", {}, el("legend", {}, block.label.text, optional), control)
    : el("div", {}, el("label", { for: id }, block.label.text, optional), control);
  return el(
    "div",
    { class: "field", "data-testid": id, "data-block": block.block_id, "data-action": e.action_id, "data-type": e.type },
    frame,
    hint,
    error,
  );
}

function input(e, id, block) {
  const shared = { id, name: id, "aria-describedby": `${id}-hint ${id}-error`, placeholder: e.placeholder?.text };
  switch (e.type) {
    case "plain_text_input":
      return e.multiline
        ? el("textarea", { ...shared, maxlength: e.max_length }, e.initial_value ?? "")
        : el("input", { ...shared, type: "text", maxlength: e.max_length, value: e.initial_value });
    case "number_input":
      return el("input", { ...shared, type: "text", inputmode: "decimal", value: e.initial_value });
    case "email_text_input":
    case "url_text_input":
      return el("input", { ...shared, type: "text", value: e.initial_value });
    case "datepicker":
      return el("input", { ...shared, type: "date", value: e.initial_date });
    case "datetimepicker":
      return el("input", {
        ...shared,
        type: "datetime-local",
        value: e.initial_date_time === undefined ? undefined : local(e.initial_date_time),
      });
    case "static_select":
      return el(
        "select",
        shared,
        el("option", { value: "" }, "Choose…"),
        ...e.options.map((o) => el("option", { value: o.value, selected: o.value === e.initial_option?.value }, o.text.text)),
      );
    case "radio_buttons":
    case "checkboxes":
      return el(
        "div",
        {},
        ...e.options.map((o) =>
          el(
            "label",
            { class: "choice" },
            el("input", {
              type: e.type === "checkboxes" ? "checkbox" : "radio",
              name: `${id}-${block.block_id}`,
              value: o.value,
              checked: [e.initial_option, ...(e.initial_options ?? [])].some((one) => one?.value === o.value),
              "data-text": o.text.text,
            }),
            el("span", {}, o.text.text, o.description === undefined ? "" : el("small", {}, ` ${o.description.text}`)),
          ),
        ),
      );
    default:
      return el("span", {}, `(${e.type})`);
  }
}

function local(unix) {
  const date = new Date(unix * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

/** @param {HTMLElement} body @returns {Record<string, Record<string, any>>} */
export function readFields(body) {
  const values = {};
  for (const node of body.querySelectorAll(".field")) {
    const { block, action, type } = node.dataset;
    values[block] = { [action]: { type, ...value(node, type) } };
  }
  return values;
}

function value(node, type) {
  if (type === "radio_buttons") {
    const chosen = node.querySelector("input:checked");
    return {
      selected_option: chosen === null ? null : { value: chosen.value, text: { type: "plain_text", text: chosen.dataset.text } },
    };
  }
  if (type === "checkboxes") {
    const chosen = [...node.querySelectorAll("input:checked")];
    return {
      selected_options: chosen.map((one) => ({ value: one.value, text: { type: "plain_text", text: one.dataset.text } })),
    };
  }
  const control = node.querySelector("input, textarea, select");
  if (type === "static_select")
    return {
      selected_option:
        control.value === ""
          ? null
          : { value: control.value, text: { type: "plain_text", text: control.selectedOptions[0].text } },
    };
  if (type === "datepicker") return { selected_date: control.value || null };
  if (type === "datetimepicker")
    return { selected_date_time: control.value === "" ? null : Math.floor(new Date(control.value).getTime() / 1000) };
  return { value: control.value === "" ? null : control.value };
}

/** @param {HTMLElement} body @param {Record<string, string>} errors */
export function showErrors(body, errors) {
  let first = null;
  for (const node of body.querySelectorAll(".field")) {
    const text = errors[node.dataset.block] ?? "";
    node.querySelector(".fielderror").textContent = text;
    node.classList.toggle("bad", text !== "");
    if (text !== "") first ??= node.querySelector("input, textarea, select");
  }
  first?.focus();
}
