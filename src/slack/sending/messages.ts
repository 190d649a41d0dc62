import type { SendResult } from "../../engine/delivery/deliver.ts";
import { say } from "../../words/en.ts";
import { withMentions } from "../text.ts";
import { type Delivery, postOnce, type SenderParts, text } from "./post.ts";

/**
 * Messages in plain words. Alarms of one kind and agent are one message with a count: a hundred of the same hide what one would
 * tell.
 */
export async function sendMessage(parts: SenderParts, delivery: Delivery): Promise<SendResult> {
  const channel = text(delivery, "channel");
  const about = delivery.payload["gather"] === true ? text(delivery, "about") : null;
  const keepMs = about === null ? 0 : await parts.engine.keepAlarmBackMs(about, channel);
  if (keepMs > 0) return { result: "held", afterMs: keepMs };
  const sent = await postOnce(parts, delivery, { channel, text: messageText(delivery) }, () => null);
  if (about !== null && sent.result === "sent") await parts.engine.alarmTold(about, channel);
  return sent;
}

/** What the house says in plain words may quote anybody: a calendar, a paging service, an expression. */
function messageText(delivery: Delivery): string {
  const more = delivery.generation - delivery.told - 1;
  const said = more > 0 ? `${text(delivery, "text")} ${say.outside.andMore(more)}` : text(delivery, "text");
  return delivery.payload["plain"] === true ? withMentions(said) : said;
}
