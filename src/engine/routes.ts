import type { Escalation } from "../domain/escalation.ts";
import type { Delivery } from "../store/outbox.ts";
import { backoffMs, type Sender, type SendResult } from "./deliver.ts";
import type { Engine } from "./engine.ts";

/** Pages and alarms beside Slack. What is sent is drawn then: a page for something that no longer waits is not sent at all. */
export type RouteAnswer = { result: "sent" } | { result: "retry"; why: string } | { result: "failed"; why: string };
export type Mail = { to: string; subject: string; text: string; messageId: string };
export type PagerCall = {
  pager: string;
  dedupKey: string;
  summary: string;
  details: Record<string, string>;
  link: string | null;
};
export type RouteParts = {
  engine: Engine;
  sendMail: (mail: Mail) => Promise<RouteAnswer>;
  callPager: (call: PagerCall) => Promise<RouteAnswer>;
};

export function routeSenders(parts: RouteParts): Record<"email_page" | "pager_page", Sender> {
  return {
    email_page: (delivery) =>
      withWords(parts, delivery, ({ subject, lines }) => {
        const text = `${lines.join("\n")}\n\nYou get this by e-mail because Slack did not take the message.\n`;
        return parts.sendMail({ to: String(delivery.payload["to"]), subject, text, messageId: delivery.deliveryId });
      }),
    pager_page: (delivery) =>
      withWords(parts, delivery, ({ subject, lines, link }) => {
        const dedupKey = `countersign:${delivery.escalationId ?? delivery.deliveryId}`;
        const pager = String(delivery.payload["to"]);
        return parts.callPager({ pager, dedupKey, summary: subject, details: { what: lines.join("\n") }, link });
      }),
  };
}

type Words = { subject: string; lines: string[]; link: string | null };

async function withWords(
  parts: RouteParts,
  delivery: Delivery,
  send: (words: Words) => Promise<RouteAnswer>,
): Promise<SendResult> {
  const words = await wordsFor(parts, delivery);
  if (words === null) return { result: "sent", receipt: null };
  const answer = await send(words);
  if (answer.result === "sent") return { result: "sent", receipt: null };
  if (answer.result === "failed") return { result: "failed", why: answer.why };
  return { result: "retry", afterMs: backoffMs(delivery.attempts, 2000, 300_000), wholeLane: false, why: answer.why };
}

async function wordsFor(parts: RouteParts, delivery: Delivery): Promise<Words | null> {
  const alarm = delivery.payload["text"];
  if (typeof alarm === "string")
    return { subject: "Countersign alarm", lines: [withNames(parts, alarm.replace(/^‼ /u, ""))], link: null };
  const loaded = delivery.escalationId === null ? null : await parts.engine.load(delivery.escalationId);
  if (loaded === null || loaded.escalation.state !== "paused_pending_human") return null;
  const reader = parts.engine.parts.directory().reviewers.get(String(delivery.payload["userId"]));
  return pageWords(loaded.escalation, reader?.timeZone ?? "UTC");
}

/** Slack draws `<@U…>` as a name; elsewhere we do. */
function withNames(parts: RouteParts, text: string): string {
  const { reviewers } = parts.engine.parts.directory();
  return text.replaceAll(/<@([UW][A-Z0-9]+)>/g, (_, userId: string) => reviewers.get(userId)?.name ?? userId);
}

/** "21 Nov 2026, 14:32 CET": outside Slack nobody draws a time in the reader's zone for us. */
function inZone(at: Date, timeZone: string): string {
  const date = { day: "numeric", month: "short", year: "numeric" } as const;
  const time = { hour: "2-digit", minute: "2-digit", timeZoneName: "short" } as const;
  return new Intl.DateTimeFormat("en-GB", { ...date, ...time, timeZone }).format(at);
}

/** Outside Slack only what is needed to know that one is needed; nothing at all of what is restricted. The answer is given in Slack. */
function pageWords(escalation: Escalation, timeZone: string): Words {
  const { ruling, deadline } = escalation;
  const restricted = escalation.request.classification === "restricted" || escalation.request.classification === "confidential";
  const title = restricted ? "Something confidential waits for your decision" : ruling.presentation.title;
  const by = deadline === null ? "" : ` by ${inZone(deadline, timeZone)}`;
  const lines = [
    title,
    `An answer is needed${by}; without one: ${ruling.presentation.effects.silence}.`,
    `Asked by ${escalation.agentName}, queue ${ruling.queue}. You are paged because you are on call.`,
    `Decide in Slack: /countersign show ${escalation.id}`,
  ];
  return { subject: `Answer needed${by}: ${title}`, lines, link: `https://slack.com/app_redirect?channel=${ruling.channel}` };
}
