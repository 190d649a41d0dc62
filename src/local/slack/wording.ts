import { isObject } from "./elements.ts";
import type { Channel } from "./workspace.ts";

/**
 * What Slack does with words: it makes links of what looks like one where nobody said otherwise, tells apps plain text with
 * entities, and shows entities decoded.
 */

/** Tokens and code stay as they are. */
const KEPT = /(<[^<>\n]*>|`[^`\n]*`)/;
const URLS = /(?<url>\bhttps?:\/\/[^\s<>|]+)/;
const MAIL = /(?<mail>[\w.+-]+@[a-z\d-]+(?:\.[a-z\d-]+)+)/;
const HOSTS = /(?<host>(?<![\w@/.-])(?:[a-z\d-]+\.)+[a-z]{2,}(?:\/[^\s<>|]*)?)/;
const NAMES = /(?<!\w)#(?<channel>[a-z\d_-]+)/;
const LINKS = new RegExp([URLS, MAIL, HOSTS, NAMES].map((one) => one.source).join("|"), "gi");

/** Marked text as Slack keeps it: bare addresses, hosts and names of channels have become links. */
export function linkified(text: string, channels: ReadonlyMap<string, Channel>): string {
  const link = (whole: string, ...found: unknown[]): string => {
    const { url, mail, host, channel } = found.at(-1) as Record<string, string | undefined>;
    if (url !== undefined) return `<${url}>`;
    if (mail !== undefined) return `<mailto:${mail}|${mail}>`;
    if (host !== undefined) return `<http://${host}|${host}>`;
    const known = [...channels.values()].find((one) => one.name === channel?.toLowerCase());
    return known === undefined ? whole : `<#${known.id}|${known.name}>`;
  };
  return text
    .split(KEPT)
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll(LINKS, link)))
    .join("");
}

/** Everything below `value`, with those objects changed that `change` answers for. */
function mapObjects(value: unknown, change: (one: Record<string, unknown>) => Record<string, unknown> | null): unknown {
  if (Array.isArray(value)) return value.map((one) => mapObjects(one, change));
  if (!isObject(value)) return value;
  const changed = change(value);
  return changed ?? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapObjects(one, change)]));
}

/** Blocks as Slack keeps them: `mrkdwn` is parsed unless it is `verbatim`. */
export const parsed = <T>(blocks: T, channels: ReadonlyMap<string, Channel>): T =>
  mapObjects(blocks, (one) =>
    one["type"] === "mrkdwn" && one["verbatim"] !== true && typeof one["text"] === "string"
      ? { ...one, text: linkified(one["text"], channels) }
      : null,
  ) as T;

const encoded = (text: string): string =>
  text
    .replaceAll(/&(?!amp;|lt;|gt;)/g, "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
const DECODED: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const decoded = (text: string): string => text.replaceAll(/&(?:amp|lt|gt);/g, (entity) => DECODED[entity] ?? entity);

/** What an app is told: plain text comes with entities, whether or not it was sent with them. */
export const asTold = <T>(value: T): T =>
  mapObjects(value, (one) =>
    one["type"] === "plain_text" && typeof one["text"] === "string" ? { ...one, text: encoded(one["text"]) } : null,
  ) as T;

const PLAIN = new Set(["plain_text", "text", "raw_text"]);

/** What people see: entities are decoded, once, in plain text and in the text of rich text too. */
export const asShown = <T>(value: T): T =>
  mapObjects(value, (one) =>
    PLAIN.has(String(one["type"])) && typeof one["text"] === "string" ? { ...one, text: decoded(one["text"]) } : null,
  ) as T;
