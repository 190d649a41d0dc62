import { el, post } from "./dom.js";
import { whileBusy } from "./focus.js";
import { redraw } from "./side.js";

// Top: the time, what goes wrong on purpose, light and dark.

const STEPS = [
  ["+1 min", 1],
  ["+10 min", 10],
  ["+1 h", 60],
];

/** Time goes on when pressed: deadlines, reminders and pages follow as they would. */
export function drawTime(state, answered) {
  const group = document.getElementById("time");
  group.hidden = state.time === null;
  if (state.time === null) return;
  const ahead = Math.round(state.time.ahead_ms / 60000);
  const hours = Math.floor(ahead / 60);
  document.getElementById("ahead").textContent = ahead === 0 ? "" : `(+${hours > 0 ? `${hours} h ` : ""}${ahead % 60} min)`;
  if (group.children.length > 0) return;
  const title = "Moves the clock of this stand-in and of the bot's database; deadlines and pages follow";
  const move = (control, minutes) =>
    whileBusy(control, async () => answered(await post("/page/time", { advance_ms: minutes * 60000 })));
  const step = ([label, minutes]) =>
    el(
      "button",
      {
        type: "button",
        class: "quiet",
        title,
        "data-testid": `time-${minutes}`,
        on: { click: (event) => move(event.currentTarget, minutes) },
      },
      label,
    );
  group.append(...STEPS.map(step));
}

const FAULTS = [
  ["Rate limit the next post (3 s)", { method: "chat.postMessage", kind: "rate_limited", retryAfterS: 3, times: 1 }],
  ["Store the next post, lose the answer", { method: "chat.postMessage", kind: "drop_after_store", times: 1 }],
  ["Answer the next update with a 500", { method: "chat.update", kind: "http_500", times: 1 }],
  ["Cut the next answer in half", { method: "*", kind: "cut_body", times: 1 }],
];

export function drawFaults(state, answered) {
  const button = (label, body, key) =>
    el(
      "button",
      {
        type: "button",
        class: "quiet",
        "data-spot": `fault ${key}`,
        on: { click: () => post("/page/faults", body).then(answered) },
      },
      label,
    );
  redraw("fault-panel", JSON.stringify([state.faults, state.quotas]), () => [
    el(
      "p",
      { class: "hint" },
      state.faults.length === 0
        ? "What goes wrong between Slack and the bot:"
        : `Armed: ${state.faults.map((f) => `${f.kind} × ${f.times}`).join(", ")}`,
    ),
    ...FAULTS.map(([label, arm]) => button(label, { arm }, arm.kind)),
    button(`Slack's own rate limits: ${state.quotas ? "on" : "off"}`, { quotas: !state.quotas }, "quotas"),
    button("Clear all", { clear: true }, "clear"),
  ]);
}

export function startTheme() {
  const button = document.getElementById("theme");
  const show = (dark) => {
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    button.textContent = dark ? "Light" : "Dark";
  };
  show((localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark");
  button.addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme !== "dark";
    localStorage.setItem("theme", dark ? "dark" : "light");
    show(dark);
  });
}
