// Small helpers: everything from outside becomes text nodes, never markup.

/** @param {string} tag @param {Record<string, any>} [attributes] @param {...(Node|string|null)} children */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null) node.append(child);
  return node;
}

export async function post(path, body) {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return await response.json();
  } catch {
    return { ok: false, error: "offline", detail: "Countersign is not running. Start it again with npm start." };
  }
}

export function toast(text) {
  const node = el("div", { class: "toast", "data-testid": "toast" }, text);
  document.getElementById("toasts").append(node);
  setTimeout(() => node.remove(), 7000);
}
