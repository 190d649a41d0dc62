import { drawBlocks } from "./blocks.js";
import { drawDesk } from "./desk.js";
import { el, post, toast } from "./dom.js";
import { showModal } from "./modal.js";
import { mrkdwn } from "./mrkdwn.js";

// The page: one state from the server, drawn anew when it changes; what did not change is left alone.
const at = { viewer: localStorage.getItem("viewer") ?? "U0PRIYA", place: localStorage.getItem("place") ?? "C0PAYMENTS" };
const $ = (id) => document.getElementById(id);
let state = null;
let drawn = "";
const known = new Set();
let fetching = false;
let again = false;

async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    state = await (await fetch(`/page/state?viewer=${at.viewer}`)).json();
    draw();
  } catch {
    $("now").textContent = "not running";
  }
  fetching = false;
  if (again) {
    again = false;
    void refresh();
  }
}

function world() {
  const me = state.people.find((p) => p.id === at.viewer);
  return {
    people: [...state.people, { id: "U0BOT", name: "Countersign" }],
    channels: state.channels,
    tz: me?.tz ?? "UTC",
    now: state.now,
    viewer: at.viewer,
    refresh,
  };
}

function draw() {
  const w = world();
  $("now").textContent = new Date(state.now).toLocaleTimeString("en-GB", { timeZone: w.tz, hour: "2-digit", minute: "2-digit" });
  drawTime();
  drawPeople();
  drawNews();
  drawPlaces();
  drawConversation(w);
  drawDesk(state.desk, (example) => post("/page/desk/run", { example }).then(answered), go);
  drawFaults();
  showModal(state.views.at(-1) ?? null, w, (click, control) => act({ view_id: state.views.at(-1).id }, click, control));
}

const STEPS = [
  ["+1 min", 1, "one minute"],
  ["+10 min", 10, "ten minutes"],
  ["+1 h", 60, "one hour"],
];

/** Time goes on when pressed: deadlines, reminders and pages follow as they would. */
function drawTime() {
  const group = $("time");
  group.hidden = state.time === null;
  if (state.time === null) return;
  const ahead = Math.round(state.time.ahead_ms / 60000);
  const hours = Math.floor(ahead / 60);
  $("ahead").textContent = ahead === 0 ? "" : `(+${hours > 0 ? `${hours} h ` : ""}${ahead % 60} min)`;
  if (group.children.length > 0) return;
  const title = "Moves the clock of this stand-in and of the bot's database; deadlines and pages follow";
  const step = ([label, minutes, spoken]) =>
    el(
      "button",
      {
        type: "button",
        class: "quiet",
        title,
        "aria-label": `Move time ahead by ${spoken}`,
        "data-testid": `time-${minutes}`,
        on: { click: (event) => moveTime(event.currentTarget, minutes) },
      },
      label,
    );
  group.append(...STEPS.map(step));
}

async function moveTime(control, minutes) {
  control.disabled = true;
  answered(await post("/page/time", { advance_ms: minutes * 60000 }));
  control.disabled = false;
}

function drawPeople() {
  const select = $("person");
  if (select.children.length === 0) {
    for (const p of state.people.filter((one) => !one.deleted))
      select.append(el("option", { value: p.id }, `${p.name}, ${p.title}`));
    select.addEventListener("change", () => {
      at.viewer = select.value;
      localStorage.setItem("viewer", at.viewer);
      drawn = "";
      if (at.place.startsWith("D")) at.place = "C0PAYMENTS";
      void refresh();
    });
  }
  for (const option of select.options) {
    const p = state.people.find((one) => one.id === option.value);
    const label = `${p.name}, ${p.title}${p.unread > 0 && p.id !== at.viewer ? ` · ${p.unread} new` : ""}`;
    if (option.textContent !== label) option.textContent = label;
  }
  select.value = at.viewer;
}

/** Whom the bot has written to: one press becomes that person and reads it. */
function drawNews() {
  const people = state.people.filter((p) => p.unread > 0 && p.id !== at.viewer && !p.deleted);
  const key = JSON.stringify(people.map((p) => [p.id, p.unread]));
  const news = $("news");
  if (news.dataset.key === key) return;
  news.dataset.key = key;
  const chip = (p) =>
    el(
      "button",
      {
        type: "button",
        "data-testid": `news-${p.id}`,
        title: `Be ${p.name} and read`,
        "aria-label": `${p.unread} new for ${p.name}: be ${p.name} and read`,
        on: { click: () => become(p.id, p.dm) },
      },
      `${p.name} ${p.unread}`,
    );
  news.replaceChildren(...(people.length === 0 ? [] : ["New messages: "]), ...people.map(chip));
}

function become(person, place) {
  at.viewer = person;
  localStorage.setItem("viewer", person);
  void go(place);
}

function drawPlaces() {
  const button = (id, label, unread, testid) =>
    el(
      "button",
      {
        type: "button",
        "data-testid": testid,
        "aria-current": at.place === id ? "true" : undefined,
        on: { click: () => go(id) },
      },
      el("span", {}, label),
      unread > 0 && at.place !== id ? el("span", { class: "unread", "aria-label": `${unread} unread` }, String(unread)) : null,
    );
  $("places").replaceChildren(
    el("h2", {}, "Apps"),
    button("home", "Countersign – Home", 0, "home"),
    el("h2", {}, "Channels"),
    ...state.channels.map((c) => button(c.id, `# ${c.name}`, c.unread, `channel-${c.id}`)),
    el("h2", {}, "Direct messages"),
    ...state.dms.map((d) => button(d.id, d.with, d.unread, `dm-${d.id}`)),
  );
}

async function go(place) {
  at.place = place;
  localStorage.setItem("place", place);
  drawn = "";
  show("middle");
  if (place === "home") await post("/page/home", { viewer: at.viewer });
  await refresh();
}

function drawConversation(w) {
  const home = at.place === "home";
  const channel = [...state.channels, ...state.dms].find((c) => c.id === at.place) ?? state.channels[0];
  $("place-title").textContent = home ? "Countersign – Home" : channel.name ? `# ${channel.name}` : channel.with;
  $("composer-form").hidden = home;
  const content = home ? state.home.view : channel.messages;
  const key = JSON.stringify([at, content]);
  if (key === drawn) return;
  const fresh = drawn === "";
  drawn = key;
  const list = $("messages");
  const open = new Set([...list.querySelectorAll("details[open][data-ts]")].map((d) => d.dataset.ts));
  const bottom = fresh || list.scrollHeight - list.scrollTop - list.clientHeight < 120;
  if (home) {
    const blocks =
      state.home.view === null
        ? [el("p", { class: "empty" }, "Opening your Home…")]
        : drawBlocks(state.home.view.blocks, w, (click, control) => act({ view_id: state.home.view.id }, click, control));
    list.replaceChildren(...blocks);
    return;
  }
  list.replaceChildren(...channel.messages.map((m) => message(m, channel, w, open)));
  if (channel.messages.length === 0)
    list.append(
      el(
        "p",
        { class: "empty" },
        "Nothing here yet. Press “Refund a customer” on the agents' side: an agent will ask for a decision in #payments-approvals.",
      ),
    );
  if (bottom) list.scrollTop = list.scrollHeight;
  if (channel.unread > 0) void post("/page/read", { viewer: at.viewer, channel: channel.id });
}

function message(m, channel, w, open) {
  const isNew = !known.has(m.ts);
  known.add(m.ts);
  const time = new Date(Number(m.ts.split(".")[0]) * 1000);
  const body =
    m.blocks.length > 0
      ? drawBlocks(m.blocks, w, (click, control) => act({ channel: channel.id, ts: m.ts }, click, control))
      : [el("div", { class: "block" }, mrkdwn(m.text, w))];
  const replies =
    m.replies.length === 0
      ? null
      : el(
          "details",
          { class: "replies", "data-ts": m.ts, open: open.has(m.ts) },
          el("summary", {}, `${m.replies.length} ${m.replies.length === 1 ? "reply" : "replies"}`),
          ...m.replies.map((r) => el("div", { class: "reply" }, mrkdwn(r.text, w))),
        );
  return el(
    "article",
    {
      class: `message ${isNew ? "new" : ""} ${m.ephemeral ? "ephemeral" : ""}`,
      "data-testid": `message-${m.ts}`,
      "aria-label": m.text.slice(0, 120),
    },
    el("div", { class: "avatar", "aria-hidden": "true" }, "✓"),
    el(
      "div",
      {},
      el(
        "div",
        { class: "meta" },
        el("b", {}, "Countersign"),
        el("span", { class: "app" }, "APP"),
        el(
          "time",
          { title: time.toLocaleString("en-GB", { timeZone: w.tz }) },
          time.toLocaleTimeString("en-GB", { timeZone: w.tz, hour: "2-digit", minute: "2-digit" }),
        ),
        m.edited ? " (edited)" : "",
      ),
      m.ephemeral ? el("div", { class: "only" }, "Only visible to you") : null,
      m.parent === undefined
        ? null
        : el("div", { class: "only" }, `Replied to a thread: ${m.parent.replace(/<[^>]*>?/g, "").slice(0, 50)}…`),
      ...body,
      replies,
    ),
  );
}

async function act(container, click, control) {
  control.disabled = true;
  const answer = await post("/page/click", { viewer: at.viewer, container, ...click });
  control.disabled = false;
  answered(answer);
}

function answered(answer) {
  if (!answer.ok) toast(answer.detail ?? "Slack would show an error here.");
  void refresh();
}

function drawFaults() {
  const panel = $("fault-panel");
  const arm = (label, fault) =>
    el(
      "button",
      { type: "button", class: "quiet", on: { click: () => post("/page/faults", { arm: fault }).then(answered) } },
      label,
    );
  panel.replaceChildren(
    el(
      "p",
      { class: "hint" },
      state.faults.length === 0
        ? "What goes wrong between Slack and the bot:"
        : `Armed: ${state.faults.map((f) => `${f.kind} × ${f.times}`).join(", ")}`,
    ),
    arm("Rate limit the next post (3 s)", { method: "chat.postMessage", kind: "rate_limited", retryAfterS: 3, times: 1 }),
    arm("Store the next post, lose the answer", { method: "chat.postMessage", kind: "drop_after_store", times: 1 }),
    arm("Answer the next update with a 500", { method: "chat.update", kind: "http_500", times: 1 }),
    arm("Cut the next answer in half", { method: "*", kind: "cut_body", times: 1 }),
    el(
      "button",
      {
        type: "button",
        class: "quiet",
        "aria-pressed": String(state.quotas),
        on: { click: () => post("/page/faults", { quotas: !state.quotas }).then(answered) },
      },
      state.quotas ? "Slack's own rate limits: on" : "Slack's own rate limits: off",
    ),
    el(
      "button",
      { type: "button", class: "quiet", on: { click: () => post("/page/faults", { clear: true }).then(answered) } },
      "Clear all",
    ),
  );
}

function show(area) {
  document.querySelector(".columns").dataset.area = area;
  for (const tab of document.querySelectorAll(".tabs button")) {
    if (tab.dataset.area === area) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
}

for (const tab of document.querySelectorAll(".tabs button")) tab.addEventListener("click", () => show(tab.dataset.area));
$("composer-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("composer").value.trim();
  if (text === "") return;
  if (!text.startsWith("/countersign")) return toast("This stand-in knows one command: /countersign help");
  $("composer").value = "";
  answered(await post("/page/command", { viewer: at.viewer, channel: at.place, text }));
});

function theme(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  $("theme").textContent = dark ? "Light" : "Dark";
  $("theme").setAttribute("aria-pressed", String(dark));
}
const wanted = localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
theme(wanted === "dark");
$("theme").addEventListener("click", () => {
  const dark = document.documentElement.dataset.theme !== "dark";
  localStorage.setItem("theme", dark ? "dark" : "light");
  theme(dark);
});

const stream = new EventSource("/page/stream");
stream.addEventListener("change", refresh);
setInterval(refresh, 15000);
void refresh();
