import { confirmed } from "./confirm.js";
import { drawConversation } from "./conversation.js";
import { drawDesk } from "./desk.js";
import { post, toast } from "./dom.js";
import { catchFocus, whileBusy } from "./focus.js";
import { showModal } from "./modal.js";
import { openReadme } from "./readme.js";
import { drawNews, drawPeople, drawPlaces } from "./side.js";
import { drawFaults, drawTime, startTheme } from "./top.js";

// The page: one state from the server, drawn anew when it changes; what did not change is left alone.
const at = { viewer: localStorage.getItem("viewer") ?? "U0PRIYA", place: localStorage.getItem("place") ?? "C0PAYMENTS" };
const $ = (id) => document.getElementById(id);
let state = null;
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
    await refresh();
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
  drawTime(state, answered);
  drawPeople(state, at.viewer, change);
  drawNews(state, at.viewer, become);
  drawMiddle(w);
  drawPlaces(state, at.place, go);
  drawDesk(state.desk, (example) => post("/page/desk/run", { example }).then(answered), go);
  drawFaults(state, answered);
  showModal(state.views.at(-1) ?? null, w, (click, control) => act({ view_id: state.views.at(-1).id }, click, control));
  showNotices();
}

function drawMiddle(w) {
  const home = at.place === "home";
  const channel = [...state.channels, ...state.dms].find((c) => c.id === at.place) ?? state.channels[0];
  // A place of somebody else, or of another time: what is shown is also where a command goes.
  if (!home) at.place = channel.id;
  $("place-title").textContent = home ? "Countersign – Home" : channel.name ? `# ${channel.name}` : channel.with;
  $("composer-form").hidden = home;
  drawConversation({ ...at, home: state.home.view, channel }, w, act);
  if (!home && channel.unread > 0) void post("/page/read", { viewer: at.viewer, channel: channel.id });
}

let told = null;

/** What no message could say. Those of before this page was opened are past. */
function showNotices() {
  const fresh = state.notices.filter((notice) => told !== null && !told.has(notice.id));
  told = new Set([...(told ?? []), ...state.notices.map((notice) => notice.id)]);
  for (const notice of fresh) toast(notice.text);
}

function change(person) {
  at.viewer = person;
  localStorage.setItem("viewer", person);
  if (at.place.startsWith("D")) at.place = "C0PAYMENTS";
  if (at.place === "home") void go("home");
  else void refresh();
}

function become(person, place) {
  at.viewer = person;
  localStorage.setItem("viewer", person);
  void go(place);
}

async function go(place) {
  at.place = place;
  localStorage.setItem("place", place);
  show("middle");
  if (place === "home") answered(await post("/page/home", { viewer: at.viewer }));
  await refresh();
  catchFocus();
}

async function act(container, { confirm, ...click }, control) {
  control.focus();
  if (confirm !== undefined && !(await confirmed(confirm, control))) return;
  const answer = await whileBusy(control, () => post("/page/click", { viewer: at.viewer, container, ...click }));
  if (answer !== null) answered(answer);
}

function answered(answer) {
  if (!answer.ok) toast(answer.detail ?? "Slack would show an error here.");
  void refresh();
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
$("readme").addEventListener("click", openReadme);
startTheme();

const stream = new EventSource("/page/stream");
stream.addEventListener("change", refresh);
setInterval(refresh, 15000);
void refresh();
