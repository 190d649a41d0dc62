import { el } from "./dom.js";

// The agents' side: what each run sent, waits for, got back and did.
const STATUS = {
  sending: "sending",
  waiting: "waits for a person",
  proceeding: "acting",
  resuming: "acting",
  done: "done",
  failed: "failed",
};
const PLACES = { "refund-agent": "C0PAYMENTS", "cloud-agent": "C0CLOUD", "email-agent": "C0MAIL" };
let drawn = "";

export function drawDesk(desk, run, go) {
  const key = JSON.stringify(desk);
  if (key === drawn) return;
  drawn = key;
  const start = (example) => () => {
    run(example.id);
    go(example.id === "delete-volume" ? "C0SECURITY" : PLACES[example.agent]);
  };
  const examples = document.getElementById("examples");
  if (examples.children.length === 0)
    examples.append(
      ...desk.examples.map((e) =>
        el(
          "button",
          { type: "button", class: "example", "data-testid": `example-${e.id}`, on: { click: start(e) } },
          el("b", {}, e.title),
          el("span", {}, `${e.agent} · ${e.about}`),
        ),
      ),
    );
  const root = document.getElementById("runs");
  const closed = new Set([...root.querySelectorAll("details:not([open])[data-run]")].map((d) => d.dataset.run));
  const details = new Set([...root.querySelectorAll("details[open][data-step]")].map((d) => d.dataset.step));
  root.replaceChildren(...desk.runs.map((r, i) => drawRun(r, i < 1 && !closed.has(r.id), details)));
  if (desk.runs.length === 0) root.append(el("p", { class: "hint" }, "Nothing yet. Press “Refund a customer” below."));
}

function drawRun(run, open, details) {
  return el(
    "details",
    { class: "run", open, "data-run": run.id, "data-testid": run.id },
    el("summary", {}, run.title, el("span", { class: "status" }, STATUS[run.status])),
    el("ol", {}, ...run.steps.map((s, i) => step(s, `${run.id}-${i}`, details))),
  );
}

function step(s, id, details) {
  return el(
    "li",
    { class: s.kind },
    s.text,
    s.detail === undefined
      ? null
      : el(
          "details",
          { "data-step": id, open: details.has(id) },
          el("summary", {}, "details"),
          el("pre", {}, JSON.stringify(s.detail, null, 2)),
        ),
  );
}
