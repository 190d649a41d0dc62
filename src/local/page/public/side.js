import { el } from "./dom.js";
import { keepFocus } from "./focus.js";

// Left: who you are, whom the bot has written to, and where one can go.

const hidden = (text) => el("span", { class: "hidden" }, text);

/** @param {any} state @param {string} viewer @param {(person: string) => void} change */
export function drawPeople(state, viewer, change) {
  const select = document.getElementById("person");
  if (select.children.length === 0) {
    for (const p of state.people.filter((one) => !one.deleted)) select.append(el("option", { value: p.id }));
    select.addEventListener("change", () => change(select.value));
  }
  for (const option of select.options) {
    const p = state.people.find((one) => one.id === option.value);
    // The chosen one's title stands below, where it is never cut.
    const label = p.id === viewer ? p.name : `${p.name}, ${p.title}${p.unread > 0 ? ` · ${p.unread} new` : ""}`;
    if (option.textContent !== label) option.textContent = label;
  }
  select.value = viewer;
  const title = state.people.find((one) => one.id === viewer)?.title ?? "";
  const line = document.getElementById("person-title");
  if (line.textContent !== title) line.textContent = title;
}

/** Whom the bot has written to: one press becomes that person and reads it. */
export function drawNews(state, viewer, become) {
  const people = state.people.filter((p) => p.unread > 0 && p.id !== viewer && !p.deleted);
  const chip = (p) =>
    el(
      "button",
      {
        type: "button",
        "data-testid": `news-${p.id}`,
        "data-spot": `news ${p.id}`,
        title: `Be ${p.name} and read`,
        on: { click: () => become(p.id, p.dm) },
      },
      `${p.name} ${p.unread}`,
      hidden(` new: be ${p.name} and read`),
    );
  redraw("news", JSON.stringify(people.map((p) => [p.id, p.unread])), () =>
    people.length === 0 ? [] : ["New messages: ", ...people.map(chip)],
  );
}

export function drawPlaces(state, place, go) {
  const button = (id, label, unread, testid) =>
    el(
      "button",
      {
        type: "button",
        "data-testid": testid,
        "data-spot": `place ${id}`,
        "aria-current": place === id ? "true" : undefined,
        on: { click: () => go(id) },
      },
      el("span", {}, label),
      unread > 0 && place !== id ? el("span", { class: "unread" }, String(unread), hidden(" unread")) : null,
    );
  const key = JSON.stringify([place, [...state.channels, ...state.dms].map((c) => [c.id, c.unread])]);
  redraw("places", key, () => [
    el("h2", {}, "Apps"),
    button("home", "Countersign – Home", 0, "home"),
    el("h2", {}, "Channels"),
    ...state.channels.map((c) => button(c.id, `# ${c.name}`, c.unread, `channel-${c.id}`)),
    el("h2", {}, "Direct messages"),
    ...state.dms.map((d) => button(d.id, d.with, d.unread, `dm-${d.id}`)),
  ]);
}

/** Only when something changed, and without taking the focus away. */
export function redraw(id, key, children) {
  const root = document.getElementById(id);
  if (root.dataset.key === key) return;
  root.dataset.key = key;
  keepFocus(root, () => root.replaceChildren(...children()));
}
