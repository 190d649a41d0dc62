import { drawBlocks } from "./blocks.js";
import { el } from "./dom.js";
import { keepFocus } from "./focus.js";
import { mrkdwn } from "./mrkdwn.js";

// The middle: the messages of a channel, or the Home. A message that did not change keeps its node, and with it the focus and an open menu.

const EMPTY = {
  C0PAYMENTS: "Press “Refund a customer” on the agents' side: an agent will ask for a decision here.",
  C0CLOUD: "Press “Restart a service” on the agents' side: an agent will ask for a decision here, and on-call is paged.",
  C0SECURITY: "Press “Delete a volume” on the agents' side: it asks two people for a decision here.",
  C0MAIL: "Press “Ask a question” on the agents' side: an agent will ask for an answer here.",
  C0ALARMS:
    "Alarms for operators come here: a message that could not be delivered, or an agent that ran something else than was approved.",
  C0GENERAL: "The bot is not a member here and posts nothing by itself, but it answers commands anywhere: try /countersign help.",
};
const EMPTY_DM = "When you are paged, and when something waits for you too long, the bot writes to you here.";

let drawn = "";
let shownPlace = "";
const nodes = new Map();
const known = new Set();

/** @param {{viewer: string, place: string, home: any, channel: any}} at @param {any} w @param {(container: any, click: any, control: HTMLElement) => void} act */
export function drawConversation(at, w, act) {
  const place = `${at.viewer} ${at.place}`;
  const content = at.place === "home" ? at.home : at.channel.messages;
  const key = JSON.stringify([place, w.now.slice(0, 10), content]);
  if (key === drawn) return;
  drawn = key;
  const fresh = place !== shownPlace;
  shownPlace = place;
  if (fresh) nodes.clear();
  const list = document.getElementById("messages");
  const bottom = fresh || list.scrollHeight - list.scrollTop - list.clientHeight < 120;
  keepFocus(list, () => {
    if (at.place === "home") list.replaceChildren(...homeNodes(at.home, w, act));
    else sync(list, channelNodes(at.channel, w, act));
  });
  if (at.place === "home") list.scrollTop = fresh ? 0 : list.scrollTop;
  else if (bottom) list.scrollTop = list.scrollHeight;
}

function homeNodes(view, w, act) {
  if (view === null) return [el("p", { class: "empty" }, "Opening your Home…")];
  return drawBlocks(view.blocks, w, (click, control) => act({ view_id: view.id }, click, control));
}

function channelNodes(channel, w, act) {
  if (channel.messages.length === 0) return [el("p", { class: "empty" }, "Nothing here yet. ", EMPTY[channel.id] ?? EMPTY_DM)];
  const day = w.now.slice(0, 10);
  return channel.messages.map((m) => {
    const key = JSON.stringify([m, day]);
    const old = nodes.get(m.ts);
    if (old?.key === key) return old.node;
    const node = message(m, channel, w, act, old?.node.querySelector("details.replies")?.open ?? false);
    nodes.set(m.ts, { key, node });
    return node;
  });
}

/** Changes only what differs: a node that is taken out and put back loses its focus. */
function sync(list, wanted) {
  const keep = new Set(wanted);
  for (const node of [...list.childNodes]) if (!keep.has(node)) node.remove();
  wanted.forEach((node, i) => {
    if (list.childNodes[i] !== node) list.insertBefore(node, list.childNodes[i] ?? null);
  });
}

function message(m, channel, w, act, open) {
  const isNew = !known.has(m.ts);
  known.add(m.ts);
  const body = content(m, channel, w, act);
  return el(
    "article",
    {
      class: `message ${isNew ? "new" : ""} ${m.ephemeral ? "ephemeral" : ""}`,
      "data-testid": `message-${m.ts}`,
      "data-message": m.ts,
      tabindex: "-1",
      "aria-label": m.text.slice(0, 120),
    },
    el("div", { class: "avatar", "aria-hidden": "true" }, "✓"),
    el("div", {}, meta(m, w), ...body, replies(m, channel, w, act, open)),
  );
}

function meta(m, w) {
  const time = new Date(Number(m.ts.split(".")[0]) * 1000);
  const clock = time.toLocaleTimeString("en-GB", { timeZone: w.tz, hour: "2-digit", minute: "2-digit" });
  const fragment = document.createDocumentFragment();
  fragment.append(
    el(
      "div",
      { class: "meta" },
      el("b", {}, "Countersign"),
      el("span", { class: "app" }, "APP"),
      el("time", { title: time.toLocaleString("en-GB", { timeZone: w.tz }) }, clock),
      m.edited ? " (edited)" : "",
    ),
  );
  if (m.ephemeral) fragment.append(el("div", { class: "only" }, "Only visible to you"));
  if (m.parent !== undefined)
    fragment.append(el("div", { class: "only" }, `Replied to a thread: ${m.parent.replace(/<[^>]*>?/g, "").slice(0, 50)}…`));
  return fragment;
}

/** Blocks where there are some; the text is then only what a notification shows. */
function content(m, channel, w, act) {
  const files = (m.files ?? []).map(file);
  if (m.blocks.length === 0) return [...(m.text === "" ? [] : [el("div", { class: "block" }, mrkdwn(m.text, w))]), ...files];
  return [...drawBlocks(m.blocks, w, (click, control) => act({ channel: channel.id, ts: m.ts }, click, control)), ...files];
}

/** A picture to look at, anything else as a link to keep; never anything that could run here. */
function file(one) {
  const address = new URL(one.url_private).pathname;
  const size = one.size < 1024 ? `${one.size} B` : `${Math.round(one.size / 1024)} KB`;
  const name = el("a", { href: address, target: "_blank", rel: "noopener noreferrer", download: one.name }, one.title);
  const picture = one.mimetype.startsWith("image/") ? el("img", { src: address, alt: one.alt_txt || one.title }) : null;
  return el(
    "figure",
    { class: "block file", "data-testid": `file-${one.id}` },
    picture,
    el("figcaption", {}, "📎 ", name, ` · ${size}`),
  );
}

function replies(m, channel, w, act, open) {
  if (m.replies.length === 0) return null;
  return el(
    "details",
    { class: "replies", open },
    el("summary", { "data-spot": `replies ${m.ts}` }, `${m.replies.length} ${m.replies.length === 1 ? "reply" : "replies"}`),
    ...m.replies.map((r) => el("div", { class: "reply" }, ...content(r, channel, w, act))),
  );
}
