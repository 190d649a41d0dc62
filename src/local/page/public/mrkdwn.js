import { el } from "./dom.js";

// Slack's mrkdwn as DOM nodes. The text arrives escaped (&amp; &lt; &gt;); <…> are Slack's own tokens.
const TOKEN = /<([^<>]+)>|\*([^*\n]+)\*|(?<![\w])_([^_\n]+)_(?![\w])|~([^~\n]+)~|`([^`\n]+)`/g;
const plainOf = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** @param {string} text @param {{people: any[], channels: any[], tz: string, now: string}} world */
export function mrkdwn(text, world) {
  const fragment = document.createDocumentFragment();
  text.split("\n").forEach((line, i) => {
    if (i > 0) fragment.append(el("br"));
    fragment.append(inline(line, world));
  });
  return fragment;
}

function inline(text, world) {
  const fragment = document.createDocumentFragment();
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    fragment.append(plainOf(text.slice(at, match.index)));
    at = match.index + match[0].length;
    const [whole, token, bold, italic, strike, code] = match;
    if (token !== undefined) fragment.append(tokenNode(token, whole, world));
    else if (bold !== undefined) fragment.append(el("b", {}, inline(bold, world)));
    else if (italic !== undefined) fragment.append(el("i", {}, inline(italic, world)));
    else if (strike !== undefined) fragment.append(el("s", {}, inline(strike, world)));
    else fragment.append(el("code", {}, plainOf(code)));
  }
  fragment.append(plainOf(text.slice(at)));
  return fragment;
}

function tokenNode(token, whole, world) {
  const [target, label] = token.split("|");
  if (target.startsWith("@")) return mention(target.slice(1), world);
  if (target.startsWith("#"))
    return el("span", { class: "mention" }, `#${world.channels.find((c) => c.id === target.slice(1))?.name ?? target}`);
  if (target.startsWith("!date^")) {
    const [, unix, format] = target.split("^");
    return dateNode(Number(unix), format, world);
  }
  if (target.startsWith("!")) return el("span", { class: "mention" }, `@${target.slice(1)}`);
  if (/^(https?|mailto):/.test(target))
    return el("a", { href: plainOf(target), target: "_blank", rel: "noopener noreferrer" }, plainOf(label ?? target));
  return document.createTextNode(whole);
}

export function mention(id, world) {
  return el("span", { class: "mention" }, `@${world.people.find((p) => p.id === id)?.name ?? id}`);
}

export function dateNode(unix, format, world) {
  const date = new Date(unix * 1000);
  const zone = { timeZone: world.tz };
  const time = date.toLocaleTimeString("en-GB", { ...zone, hour: "2-digit", minute: "2-digit" });
  const day = (d) => d.toLocaleDateString("en-CA", zone);
  const short = date.toLocaleDateString("en-GB", { ...zone, day: "numeric", month: "short" });
  const pretty = day(date) === day(new Date(world.now)) ? "today" : short;
  const text = format
    .replaceAll("{time}", time)
    .replaceAll("{date_short_pretty}", pretty)
    .replaceAll("{date_short}", short)
    .replaceAll("{date}", short);
  return el(
    "time",
    { datetime: date.toISOString(), title: date.toLocaleString("en-GB", { ...zone, dateStyle: "full", timeStyle: "long" }) },
    text,
  );
}
