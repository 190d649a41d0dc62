import { el } from "./dom.js";
import { keepFocus } from "./focus.js";

// The agents' side: what each run sent, waits for, got back and did.
const STATUS = {
  sending: "sending",
  waiting: "waiting",
  proceeding: "acting",
  resuming: "acting",
  done: "done",
  failed: "failed",
};
const PLACES = { "refund-agent": "C0PAYMENTS", "cloud-agent": "C0CLOUD", "email-agent": "C0MAIL" };
const SHOWN = 4;
let drawn = "";
/** Which runs and details somebody has opened or closed; else only the newest run is open. */
const chosen = new Map();

export function drawDesk(desk, run, go) {
  const key = JSON.stringify(desk);
  if (key === drawn) return;
  drawn = key;
  const start = (example) => () => {
    run(example.id);
    // What it does appears at the top.
    document.querySelector(".desk").scrollTop = 0;
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
  const own = document.getElementById("own");
  keepFocus(own, () => own.replaceChildren(...desk.own.map((one, i) => drawOwn(one, i === 0))));
  const root = document.getElementById("runs");
  const runs = desk.runs.map((r, i) => drawRun(r, i === 0));
  const earlier = runs.slice(SHOWN);
  const nodes = [...runs.slice(0, SHOWN)];
  if (earlier.length > 0) nodes.push(fold("earlier", false, { class: "earlier" }, [`${earlier.length} earlier`], ...earlier));
  if (runs.length === 0 && desk.own.length === 0)
    nodes.push(el("p", { class: "hint" }, "Nothing is under way. Press “Refund a customer” below."));
  keepFocus(root, () => root.replaceChildren(...nodes));
}

function fold(id, open, attributes, summary, ...children) {
  const node = el(
    "details",
    { ...attributes, open: chosen.get(id) ?? open },
    el("summary", { "data-spot": `fold ${id}`, on: { click: () => chosen.set(id, !node.open) } }, ...summary),
    ...children,
  );
  return node;
}

function drawRun(run, open) {
  const status = run.status === "done" ? (run.became ?? STATUS.done) : STATUS[run.status];
  const summary = [run.title, el("span", { class: "status" }, status)];
  const steps = el("ol", {}, ...run.steps.map((s, i) => step(s, `${run.id}-${i}`)));
  return fold(run.id, open, { class: "run", "data-testid": run.id }, summary, steps);
}

/** What somebody's own agent has asked for: shown with the command that comes next, and nothing to press. */
function drawOwn(one, open) {
  const summary = [
    `${one.agent}: ${one.title}`,
    el("span", { class: "status" }, one.state === "paused_pending_human" ? STATUS.waiting : one.state.replaceAll("_", " ")),
  ];
  const next = one.next === null ? [] : [el("p", {}, one.next.words), el("pre", {}, one.next.command)];
  return fold(
    one.id,
    open,
    { class: "run", "data-testid": `own-${one.id}` },
    summary,
    el("p", { class: "hint" }, one.id),
    ...next,
  );
}

function step(s, id) {
  const details =
    s.detail === undefined ? null : fold(id, false, {}, ["details"], el("pre", {}, JSON.stringify(s.detail, null, 2)));
  return el("li", { class: s.kind }, s.text, details);
}
