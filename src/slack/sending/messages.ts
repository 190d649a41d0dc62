import type { Sending, SendResult } from "../../engine/delivery/deliver.ts";
import { say } from "../../words/en.ts";
import type { SenderParts } from "../parts.ts";
import { linked, withMentions } from "../text.ts";
import { postOnce } from "./post.ts";

/**
 * Messages in plain words. Alarms of one kind and agent are one message with a count: a hundred of the same hide what one would
 * tell.
 */
export async function sendMessage(parts: SenderParts, delivery: Sending<"message">): Promise<SendResult> {
  const { channel, gather } = delivery.payload;
  const about = gather === true ? (delivery.payload.about ?? "") : null;
  const keepMs = about === null ? 0 : await parts.engine.keepAlarmBackMs(about, channel);
  if (keepMs > 0) return { result: "held", afterMs: keepMs };
  const words = `${messageText(delivery)}${await wayToCard(parts, delivery)}`;
  const sent = await postOnce(parts, delivery, { channel, text: words }, () => null);
  if (about !== null && sent.result === "sent") await parts.engine.alarmTold(about, channel);
  return sent;
}

/** What the house says in plain words may quote anybody: a calendar, a paging service, an expression. */
function messageText(delivery: Sending<"message">): string {
  const more = delivery.generation - delivery.told - 1;
  const { text, plain } = delivery.payload;
  const said = more > 0 ? `${text} ${say.outside.andMore(more)}` : text;
  return plain === true ? withMentions(said) : said;
}

/** A message about one escalation leads to its card. */
async function wayToCard(parts: SenderParts, { escalationId }: Sending<"message">): Promise<string> {
  const permalink = escalationId === null ? null : ((await parts.engine.load(escalationId))?.escalation.permalink ?? null);
  return permalink === null ? "" : ` · ${linked(say.outside.openCard, permalink)}`;
}
