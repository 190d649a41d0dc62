import { z } from "zod";
import type { Answer } from "../engine/delivery/deliver.ts";
import type { PagerCall } from "../engine/delivery/other-routes.ts";
import { readBounded } from "./read-bounded.ts";

/**
 * Pages by a paging service, in the shape of PagerDuty's Events API v2: telephone and SMS come from there. The key is never in an
 * answer or a log.
 */
export type Pager = (call: PagerCall) => Promise<Answer>;

const TIMEOUT_MS = 10_000;
const SUMMARY_MAX = 1024;
/** Of an answer only a sentence is ever told. */
const ANSWER_BYTES_MAX = 16 * 1024;
const Problem = z.object({ message: z.string().optional(), errors: z.array(z.string()).optional() });

export function createPager({ url, keys }: { url: string; keys: ReadonlyMap<string, string> }): Pager {
  return async ({ action, pager, dedupKey, summary, details, link }) => {
    const routingKey = keys.get(pager);
    if (routingKey === undefined) return { result: "failed", why: `there is no key for the pager ${pager}` };
    const body = {
      routing_key: routingKey,
      event_action: action,
      dedup_key: dedupKey.slice(0, 255),
      client: "Countersign",
      payload: { summary: summary.slice(0, SUMMARY_MAX), source: "countersign", severity: "critical", custom_details: details },
      links: link === null ? [] : [{ href: link, text: "Open in Slack" }],
    };
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = ((await readBounded(response.body, ANSWER_BYTES_MAX)) ?? "").replaceAll(routingKey, "…");
      return answerOf(response.status, text);
    } catch {
      return { result: "retry", why: "the paging service cannot be reached" };
    }
  };
}

function answerOf(status: number, text: string): Answer {
  if (status >= 200 && status < 300) return { result: "sent" };
  if (status === 429 || status >= 500) return { result: "retry", why: `the paging service answers ${status}` };
  return { result: "failed", why: `the paging service refuses it (${status}${reason(text)})` };
}

function reason(text: string): string {
  try {
    const { message, errors } = Problem.parse(JSON.parse(text));
    const said = [message, ...(errors ?? [])].filter((part) => part !== undefined).join(", ");
    return said === "" ? "" : `: ${said.slice(0, 150)}`;
  } catch {
    return "";
  }
}
