import type {
  ContextBlock,
  HeaderBlock,
  PlainTextElement,
  RichTextBlock,
  RichTextElement,
  RichTextSection,
  SectionBlock,
} from "@slack/types";
import { clip, inertText, isolated, withoutEntities } from "../domain/base/inert.ts";
import { clipMrkdwn } from "./mrkdwn.ts";

/**
 * The words on cards. Ours may use mrkdwn; what comes from outside goes into plain_text or rich_text elements, which Slack never
 * parses, so that no mention, link or markup of an agent is ever rendered.
 */
export const escapeMrkdwn = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

export const plain = (text: string, max = 3000): PlainTextElement => ({
  type: "plain_text",
  text: clip(text === "" ? "–" : withoutEntities(text), max),
  emoji: false,
});
/** Text from outside, harmless to look at. */
export function foreign(text: string, max: number, lines = false): string {
  const inert = isolated(inertText(text, { lines }).trim() || "–");
  return isolated(clip(inert, max));
}

const TAB = "    ";
/** A text as it would be read, in its own lines: what has no shape on a screen is shown as something. */
export const asSeen = (text: string): string => isolated(inertText(text.replaceAll("\t", TAB), { lines: true }));
/** How many characters of it have none. */
export const hiddenIn = (text: string): number => countOf(asSeen(text), "\uFFFD") - countOf(text, "\uFFFD");
const countOf = (text: string, one: string): number => text.split(one).length - 1;

/** Characters that make markup of a mrkdwn text, each as one that looks the same and does nothing. */
const STILL: Record<string, string> = { "*": "\u2217", "~": "\u223C", "`": "\u02CB", _: "\u02CD", ":": "\u2236", ">": "\u203A" };
/** An underscore inside a name and a colon of a time make no markup. */
const MARKUP = /[*~`]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|:(?=[^\s:]+:)|:(?=\/\/)|^>/gu;

/** Data inside a mrkdwn sentence of ours: reads as it is, and none of it is rendered as markup. */
export const literal = (text: string, max = 150): string =>
  escapeMrkdwn(foreign(text, max).replaceAll(MARKUP, (character) => STILL[character] ?? character));

/** Plain words in which only the people are alive. */
export const withMentions = (text: string): string =>
  text
    .split(/(<@[UW][A-Z0-9]{2,20}>)/)
    .map((part, i) => (i % 2 === 1 || part.trim() === "" ? part : spaced(part)))
    .join("");
const spaced = (part: string): string => `${/^\s*/.exec(part)?.[0] ?? ""}${literal(part, 3000)}${/\s*$/.exec(part)?.[0] ?? ""}`;

/** Words of ours as a link; where there is no address they stay words. `address`: of Slack or the policy, never of an agent. */
export const linked = (mrkdwn: string, address: string | null): string => (address === null ? mrkdwn : `<${address}|${mrkdwn}>`);

/** A time in the reader's own zone; the fallback is for clients that cannot. */
export function when(at: Date, format = "{time}"): string {
  const fallback = `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return `<!date^${Math.floor(at.getTime() / 1000)}^${format}|${fallback}>`;
}
/** The same for plain text, where Slack does not fill in dates. */
export const utc = (at: Date): string => `${at.toISOString().slice(11, 16)} UTC`;

export const header = (text: string): HeaderBlock => ({ type: "header", text: plain(text, 150) });
export const section = (mrkdwn: string): SectionBlock => ({
  type: "section",
  text: { type: "mrkdwn", text: clipMrkdwn(mrkdwn, 3000), verbatim: true },
});
export const context = (mrkdwn: string): ContextBlock => ({
  type: "context",
  elements: [{ type: "mrkdwn", text: clipMrkdwn(mrkdwn, 2000), verbatim: true }],
});

export const words = (text: string): RichTextElement => ({ type: "text", text: withoutEntities(text) });
export const bold = (text: string): RichTextElement => ({ ...words(text), style: { bold: true } });
export const italic = (text: string): RichTextElement => ({ ...words(text), style: { italic: true } });
export const line = (...elements: RichTextElement[]): RichTextSection => ({ type: "rich_text_section", elements });
export const richText = (...sections: RichTextBlock["elements"]): RichTextBlock => ({ type: "rich_text", elements: sections });
export const bullets = (items: string[]): RichTextBlock["elements"][number] => ({
  type: "rich_text_list",
  style: "bullet",
  elements: items.map((item) => line(words(item))),
});

/**
 * An evidence link as every client reads it alike, and its host, so that a reader sees where it leads. null when it is not an
 * http address, names a user before the host, or has a backslash: one client's path is another one's host there.
 */
export function linkOf(url: string): { url: string; host: string } | null {
  const parsed = /[\\\s]/.test(url) ? null : URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.username !== "" || parsed.password !== "") return null;
  return parsed.href.length > 3000 ? null : { url: parsed.href, host: parsed.host };
}

export function joinAnd(items: string[]): string {
  return items.length <= 1 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
export const mentions = (userIds: readonly string[]): string => joinAnd(userIds.slice(0, 5).map((id) => `<@${id}>`));
/** "7 min", "2 h 5 min", "40 s", "1 h". */
export function duration(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 90) return s === 60 ? "1 min" : `${s} s`;
  const minutes = Math.round(s / 60);
  if (minutes < 90 && minutes !== 60) return `${minutes} min`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}
