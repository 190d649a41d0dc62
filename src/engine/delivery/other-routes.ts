import { defanged } from "../../domain/base/inert.ts";
import { LIMITS } from "../../domain/base/limits.ts";
import type { Envelope } from "../../domain/consequences/deliveries.ts";
import type { Escalation } from "../../domain/shapes/escalation.ts";
import { isGuarded } from "../../domain/shapes/request.ts";
import { endRing, type Ring, ringing, startRing } from "../../store/pager-rings.ts";
import { say } from "../../words/en.ts";
import type { HandleParts } from "../commands/handle.ts";
import { type Answer, backoffMs, LEFT, type SendersOf, type Sending, type SendResult } from "./deliver.ts";
import { called, stillWanted } from "./still-wanted.ts";

/** Pages and alarms beside Slack. What is sent is drawn then: a page for something that no longer waits is not sent at all. */
export type Mail = { to: string; subject: string; text: string; messageId: string };
export type PagerCall = {
  action: "trigger" | "resolve";
  pager: string;
  dedupKey: string;
  summary: string;
  details: Record<string, string>;
  link: string | null;
};
export type RouteParts = Pick<HandleParts, "pool" | "load" | "directory"> & {
  sendMail: (mail: Mail) => Promise<Answer>;
  callPager: (call: PagerCall) => Promise<Answer>;
};

type OnRoute = Sending<"email_page"> | Sending<"pager_page">;
type AlarmPayload = Extract<OnRoute["payload"], { text: string }>;
type PagePayload = Extract<OnRoute["payload"], { token: number }>;

export function routeSenders(parts: RouteParts): SendersOf<"email_page" | "pager_page" | "pager_resolve"> {
  return {
    email_page: (delivery) =>
      withWords(parts, delivery, ({ subject, lines }) => {
        const why = delivery.payload.instead === true ? say.outside.becauseSlackDidNot : say.outside.becauseOfTheStep;
        const text = `${lines.join("\n")}\n\n${why}\n`;
        return parts.sendMail({ to: delivery.payload.to, subject, text, messageId: delivery.deliveryId });
      }),
    pager_page: (delivery) => {
      const { payload } = delivery;
      return "text" in payload ? ringForAlarm(parts, delivery, payload) : ringPerson(parts, delivery, payload);
    },
    pager_resolve: (delivery) => stopRinging(parts, delivery),
  };
}

/** An alarm rings until somebody closes it there: no answer here ends it. */
function ringForAlarm(parts: RouteParts, delivery: OnRoute, { to, about }: AlarmPayload): Promise<SendResult> {
  return withWords(parts, delivery, (words) => trigger(parts, to, `countersign:alarm:${about ?? delivery.deliveryId}`, words));
}

/**
 * Noted, rung, and looked at once more, so that nobody's telephone goes on ringing who has answered meanwhile, or whose colleague
 * is on it. A repeat joins its own ring; the next page is another one, or it would page nobody.
 */
async function ringPerson(parts: RouteParts, delivery: OnRoute, { userId, round, to }: PagePayload): Promise<SendResult> {
  const { pool } = parts;
  const escalationId = delivery.escalationId ?? "";
  const ring: Ring = {
    dedupKey: `countersign:${escalationId}:${delivery.deliveryId}`,
    escalationId,
    userId,
    round,
    pager: to,
  };
  const words = await wordsFor(parts, delivery);
  if (words === null) {
    const mayRing = delivery.attempts > 0 || delivery.startedAt !== null;
    return mayRing ? answerOf(delivery, await stop(parts, ring)) : { result: "sent", receipt: null };
  }
  if (!(await delivery.begin())) return LEFT;
  await startRing(pool, ring);
  const answer = await trigger(parts, to, ring.dedupKey, words);
  if (!(await isCalled(parts, ring))) return answerOf(delivery, await stop(parts, ring));
  return answerOf(delivery, answer);
}

function trigger(parts: RouteParts, pager: string, dedupKey: string, { subject, lines, link }: Words): Promise<Answer> {
  return parts.callPager({ action: "trigger", pager, dedupKey, summary: subject, details: { what: lines.join("\n") }, link });
}

/** Those whose person is not paged any more: they answered, somebody is on it, or it is over. The others ring on. */
async function stopRinging(parts: RouteParts, delivery: Envelope): Promise<SendResult> {
  for (const ring of await ringing(parts.pool, delivery.escalationId ?? "")) {
    if (await isCalled(parts, ring)) continue;
    const answer = await stop(parts, ring);
    if (answer.result === "retry") return answerOf(delivery, answer);
  }
  return { result: "sent", receipt: null };
}

async function stop(parts: RouteParts, { dedupKey, pager }: Ring): Promise<Answer> {
  const summary = say.paging.elsewhere.answered;
  const answer = await parts.callPager({ action: "resolve", pager, dedupKey, summary, details: {}, link: null });
  // Refused for good: there is nothing left to stop there.
  if (answer.result !== "retry") await endRing(parts.pool, dedupKey);
  return answer.result === "retry" ? answer : { result: "sent" };
}

async function isCalled(parts: RouteParts, ring: Pick<Ring, "escalationId" | "userId" | "round">): Promise<boolean> {
  const wanted = await stillWanted(parts, ring);
  return wanted !== null && wanted.paging.claim === null;
}

type Words = { subject: string; lines: string[]; link: string | null };

async function withWords(parts: RouteParts, delivery: OnRoute, send: (words: Words) => Promise<Answer>): Promise<SendResult> {
  const words = await wordsFor(parts, delivery);
  if (words === null) return { result: "sent", receipt: null };
  return (await delivery.begin()) ? answerOf(delivery, await send(words)) : LEFT;
}

function answerOf(delivery: Envelope, answer: Answer): SendResult {
  if (answer.result === "sent") return { result: "sent", receipt: null };
  if (answer.result === "failed") return { result: "failed", why: answer.why };
  return {
    result: "retry",
    afterMs: backoffMs(delivery.attempts, 2000, LIMITS.sendAgain.value),
    wholeLane: false,
    why: answer.why,
  };
}

async function wordsFor(parts: RouteParts, { escalationId, payload }: OnRoute): Promise<Words | null> {
  if ("text" in payload) {
    const said = defanged(withNames(parts, payload.text.replace(/^‼ /u, "")));
    return { subject: "Countersign alarm", lines: [payload.plain === true ? said : withoutMarkup(said)], link: null };
  }
  const escalation = await stillWanted(parts, called({ escalationId, payload }));
  if (escalation === null || escalation.paging.claim !== null) return null;
  const reader = parts.directory().reviewers.get(payload.userId);
  return wordsOfPage(escalation, reader?.timeZone ?? "UTC");
}

/** Slack draws `<@U…>` as a name; elsewhere we do. */
function withNames(parts: RouteParts, text: string): string {
  const { reviewers } = parts.directory();
  return text.replaceAll(/<@([UW][A-Z0-9]+)>/g, (_, userId: string) => reviewers.get(userId)?.name ?? userId);
}

/** Stars for bold, and escapes, belong to Slack. */
const withoutMarkup = (text: string): string =>
  text.replaceAll("*", "").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** "21 Nov 2026, 14:32 CET": outside Slack nobody draws a time in the reader's zone for us. */
function inZone(at: Date, timeZone: string): string {
  const date = { day: "numeric", month: "short", year: "numeric" } as const;
  const time = { hour: "2-digit", minute: "2-digit", timeZoneName: "short" } as const;
  return new Intl.DateTimeFormat("en-GB", { ...date, ...time, timeZone }).format(at);
}

/**
 * Outside Slack only what is needed to know that one is needed; nothing at all of what is restricted. The answer is given in
 * Slack.
 */
function wordsOfPage(escalation: Escalation, timeZone: string): Words {
  const { ruling, deadline } = escalation;
  const words = say.paging.elsewhere;
  const title = isGuarded(escalation.request) ? words.guarded : defanged(ruling.presentation.title);
  const by = deadline === null ? "" : words.by(inZone(deadline, timeZone));
  const lines = [
    title,
    words.needed(by, ruling.presentation.effects.silence),
    words.askedBy(escalation.agentName, ruling.queue),
    words.decide(escalation.id),
  ];
  return { subject: words.subject(by, title), lines, link: `https://slack.com/app_redirect?channel=${ruling.channel}` };
}
