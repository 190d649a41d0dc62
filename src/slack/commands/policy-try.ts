import { mayDecide } from "../../domain/people/authority.ts";
import { isRefusal, mention, seatWords } from "../../domain/shapes/refusal.ts";
import { type ActionRequest, EscalationRequest } from "../../domain/shapes/request.ts";
import type { Ruling } from "../../domain/shapes/ruling.ts";
import { TIER_ROWS } from "../../domain/tiers.ts";
import { say } from "../../words/en.ts";
import type { SlackParts } from "../parts.ts";
import { code, tierWords } from "../telling/states.ts";
import { duration, escapeMrkdwn, literal } from "../text.ts";
import { type Asked, ownQueues } from "./asker.ts";

const words = say.commands.policyTry;

/** Beside parameters, what else can be said of an act. */
const ABOUT_ACTION = ["target", "environment"] as const;
const SIGNALS = ["confidence", "risk", "ood"] as const;
const REASONS_MAX = 6;

/**
 * `/countersign policy try TYPE key=value …`: what would be asked of whom, by the policy in force, with nothing stored. As of an
 * agent that has no registration of its own, so that no environment but the one that is typed softens it.
 */
export async function tryPolicy(parts: SlackParts, asked: Asked, typed: string[]): Promise<string> {
  const queues = await ownQueues(parts, asked);
  if (typeof queues === "string") return queues;
  const [type, ...pairs] = typed;
  if (type === undefined) return words.usage;
  const request = requestOf(type, pairs);
  if (typeof request === "string") return request;
  const ruling = await parts.engine.evaluate({ id: "", name: "", owner: null, environment: null }, request);
  if (isRefusal(ruling)) return ruling.detail;
  const { waits } = TIER_ROWS[ruling.tier];
  if (waits && !queues.includes(ruling.queue)) return words.elsewhere(code(type, 100), escapeMrkdwn(ruling.queue));
  const people = mayDecide(parts.directory(), { ruling, request, agentName: "", agentOwner: null });
  return [
    `*${code(type, 100)}*: *${tierWords(ruling.tier)}* – ${say.commands.policy.tiers[ruling.tier]}`,
    ...reasonsOf(ruling),
    ...(waits
      ? [
          askedOf(
            ruling,
            people.map(({ userId }) => userId),
          ),
        ]
      : []),
    say.commands.next(`policy ${type}`),
  ].join("\n");
}

function reasonsOf({ reasons }: Ruling): string[] {
  const said = reasons
    .slice(0, REASONS_MAX)
    .map(({ rule, tier, detail }) => `• ${literal(rule)} (${tierWords(tier)}): ${literal(detail)}`);
  const left = reasons.length - said.length;
  return left > 0 ? [...said, words.more(left)] : said;
}

const askedOf = ({ requirement, queue, slaS, deadlineS, presentation }: Ruling, people: readonly string[]): string =>
  words.asks({
    seats: escapeMrkdwn(seatWords(requirement.seats)),
    queue: escapeMrkdwn(queue),
    people: people.length === 0 ? null : mention(people),
    sla: duration(slaS * 1000),
    deadline: duration(deadlineS * 1000),
    silence: presentation.effects.silence,
  });

/** What is typed as an act, or why it is none. */
function requestOf(type: string, pairs: readonly string[]): ActionRequest | string {
  const action: Record<string, unknown> = { type, title: type };
  const signals: Record<string, unknown> = {};
  const params: Record<string, unknown> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at <= 0) return words.noPair(code(pair));
    const [key, value] = [pair.slice(0, at), pair.slice(at + 1)];
    if (ABOUT_ACTION.some((name) => name === key)) action[key] = value;
    else if (SIGNALS.some((name) => name === key)) signals[key] = readValue(value);
    else params[key] = readValue(value);
  }
  const read = EscalationRequest.safeParse({
    schema_version: "1",
    kind: "action",
    action: { ...action, params },
    brief: { decision_required: type, trigger: { kind: "requested" } },
    signals,
  });
  const [issue] = read.success ? [] : read.error.issues;
  if (issue !== undefined) return words.invalid(code(issue.path.join(".")), escapeMrkdwn(issue.message));
  return read.data as ActionRequest;
}

/** As JSON where it is a number, a truth or null; else the text. */
function readValue(typed: string): string | number | boolean | null {
  if (typed === "true" || typed === "false") return typed === "true";
  if (typed === "null") return null;
  return /^-?\d+(\.\d+)?$/.test(typed) ? Number(typed) : typed;
}
