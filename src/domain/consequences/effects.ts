import { kindOf } from "../kinds/all.ts";
import { ranElse } from "../life/outcome.ts";
import { UNREHEARSED } from "../policy/soft-review.ts";
import type { Escalation, Outcome } from "../shapes/escalation.ts";
import { callsPeople, type Event, MEANINGS } from "../shapes/events.ts";
import type { Page } from "../shapes/paging.ts";
import { isGuarded, mediaOf } from "../shapes/request.ts";
import { tierOf } from "../tiers.ts";
import { callbacks } from "./callbacks.ts";
import { CLASS, type Owed } from "./deliveries.ts";
import { homeLane, postLane, updateLane } from "./lanes.ts";
import { requesterOwed, requesterTold } from "./requester.ts";
import { reviewOwed, reviewsOwed } from "./reviews.ts";

export const ALARMS = ["executed_differs", "never_resumed", "outcome_unknown", "outcome_unreported", "execution_failed"] as const;
export type Alarm = (typeof ALARMS)[number] | "undo_unrehearsed" | "done_while_undone";

/** Words and addresses the effects need but the domain does not know. */
export type Telling = {
  alarmsChannel: string | null;
  /** One line for the card's thread; null = the event is not told there. */
  threadLine: (event: Event, after: Escalation) => string | null;
  /** `owner`: who is told as well, where it stands for others. */
  alarmLine: (alarm: Alarm, after: Escalation, owner: string | null) => string;
  /** What became of it, for whoever asked the agent. */
  requesterLine: (after: Escalation) => string;
  /** Members of a queue who have their Home open. */
  watchers: (queue: string) => readonly string[];
  /** The owner of an agent by the configuration; who owns it by its registration goes first. */
  ownerOf: (agentName: string) => string | null;
  /** How a person is reached beside Slack; null where the configuration names no such way. */
  contact: (userId: string) => { email: string | null; pager: string | null };
};

/** Everything owed for the events of one commit. */
export function effects(before: Escalation | null, after: Escalation, events: readonly Event[], telling: Telling): Owed[] {
  const owed = [
    ...cards(before, after, events),
    ...pages(after, events, telling),
    ...endedReminders(before, after, events),
    ...silencedPagers(before, after, events, telling),
    ...threads(before, after, events, telling),
    ...callbacks(after, events),
    ...homes(before, after, events, telling),
    ...reviewsOwed(before, after, events),
    ...(hasCard(after) ? requesterOwed(after, events) : []),
    ...requesterTold(before, after, telling.requesterLine),
  ];
  const last = events.at(-1);
  const alarm = ALARMS.find((name) => name === after.endedReason);
  const isOver = before?.endedAt === null && after.endedAt !== null;
  if (last !== undefined && alarm !== undefined && isOver) owed.push(...alarms(alarm, after, telling));
  else if (before === null && after.ruling.reasons.some(({ rule }) => rule === UNREHEARSED))
    owed.push(...alarms("undo_unrehearsed", after, telling));
  else if (events.some((event) => event.type === "reported_meanwhile" && after.acted !== null && mayHaveDone(event.outcome)))
    owed.push(...alarms("done_while_undone", after, telling));
  else if (events.some((event) => event.type === "reported_meanwhile" && ranElse(after, event.outcome)))
    owed.push(...alarms("executed_differs", after, telling));
  return owed;
}

const mayHaveDone = ({ status }: Outcome): boolean => status === "completed" || status === "failed";

/** Autonomous acts leave no trace in Slack; everything else has one card in each channel it has been to. */
export function hasCard(escalation: Escalation): boolean {
  return !kindOf(escalation).mayRun || tierOf(escalation).hasCard;
}

/** A batch is one message of a person for one window, with a place of its own. */
export const batchPlace = (userId: string, window: Date): string => `batch:${userId}:${window.toISOString()}`;

const readerOfBatch = (place: string): string | null => /^batch:([^:]+):/.exec(place)?.[1] ?? null;

/** What stands in a person's DM shares its lane. */
export const updateLaneOf = (place: string): string => updateLane(/^(?:batch|reminder|burst):([^:]+):/.exec(place)?.[1] ?? place);

/** A card is owed once for each channel. */
export const cardKey = (escalationId: string, channel: string): string => `card:${escalationId}:${channel}`;

/** A batch is drawn as a whole: however many of its escalations change, one update of its message shows them all. */
export const batchUpdateKey = (place: string): string => `update:${place}`;

/** Where the copies of a card stand: the channel, the DMs of everybody paged, and the batches it was in. */
export function placesOf({ ruling, paging }: Escalation): string[] {
  const paged = paging.pages.flatMap((page) => page.userIds);
  const batched = paging.batches.flatMap(({ userIds, window }) => userIds.map((userId) => batchPlace(userId, window)));
  return [...new Set([ruling.channel, ...paged, ...batched])];
}

/** What follows on a decision follows at once, mostly: resumed, run, reported are one drawing of the card, not three. */
const SETTLES_MS = 1000;

function cards(before: Escalation | null, after: Escalation, events: readonly Event[]): Owed[] {
  if (!hasCard(after)) return [];
  const channel = after.ruling.channel;
  const owed: Owed[] = [];
  const moved = before === null || before.ruling.channel !== channel;
  if (moved) {
    const dedupe = cardKey(after.id, channel);
    const priority = after.state === "paused_pending_human" ? CLASS.waiting : CLASS.notice;
    owed.push({ lane: postLane(channel), kind: "card_post", escalationId: after.id, payload: { channel }, priority, dedupe });
    if (!isGuarded(after.request)) owed.push(...mediaOwed(after, channel));
  }
  if (before === null || !events.some((event) => MEANINGS[event.type].isSeen)) return owed;
  // Who decides on it is not kept waiting; what becomes of it afterwards may come with what follows at once.
  const isOver = before.state !== "paused_pending_human" && after.state !== "paused_pending_human";
  for (const place of placesOf(before)) {
    const ended = after.state !== "paused_pending_human" || (place === before.ruling.channel && place !== channel);
    const dedupe = readerOfBatch(place) === null ? `update:${after.id}:${place}` : batchUpdateKey(place);
    owed.push({
      lane: updateLaneOf(place),
      kind: "card_update",
      escalationId: after.id,
      payload: { channel: place },
      ...(isOver ? { priority: CLASS.notice, afterMs: SETTLES_MS } : { priority: ended ? CLASS.end : CLASS.waiting }),
      dedupe,
    });
  }
  return owed;
}

/** Its pictures and files go where its card stands: into the channel, or where that may not show them to those who are paged. */
function mediaOwed({ id, request }: Escalation, place: string): Owed[] {
  if (mediaOf(request).length === 0) return [];
  const lane = `slack:files.completeUploadExternal:${place}`;
  const dedupe = `media:${id}:${place}`;
  return [{ lane, kind: "media", escalationId: id, payload: { channel: place }, priority: CLASS.waiting, dedupe }];
}

/** What the chain owes its people: pages on every route that their step names, reminders and batches in Slack. */
function pages(after: Escalation, events: readonly Event[], telling: Telling): Owed[] {
  return events.filter(callsPeople).flatMap((event): Owed[] => {
    switch (event.type) {
      case "paged":
        return event.page.userIds.flatMap((userId) => [
          ...pageOnRoutes(after, event.page, userId, telling),
          ...(isGuarded(after.request) ? mediaOwed(after, userId) : []),
        ]);
      case "reminded":
        return event.userIds.map((userId) => ({
          lane: postLane(userId),
          kind: "reminder",
          escalationId: after.id,
          payload: { userId, round: after.round },
          priority: CLASS.page,
          dedupe: `reminder:${after.id}:${userId}`,
        }));
      case "batched": {
        const window = event.window.toISOString();
        return event.userIds.map((userId) => ({
          lane: postLane(userId),
          kind: "batch",
          escalationId: null,
          payload: { userId, window },
          priority: CLASS.waiting,
          dedupe: batchPlace(userId, event.window),
        }));
      }
      default:
        return event satisfies never;
    }
  });
}

/**
 * A page goes before everything else in its lane and carries the token of its step, which makes each step one page on each route.
 * Who has none of the routes that the step names is paged in Slack.
 */
function pageOnRoutes(after: Escalation, page: Page, userId: string, telling: Telling): Owed[] {
  const { token, label, step } = page;
  const via = after.ruling.paging?.chain[step]?.via ?? ["dm"];
  const { email, pager } = telling.contact(userId);
  const payload = { userId, token, label, round: after.round, via };
  const key = (kind: string) => `${kind}:${after.id}:${token}:${userId}`;
  const common = { escalationId: after.id, priority: CLASS.page };
  const owed: Owed[] = [];
  if (via.includes("email") && email !== null) {
    const lane = `email_page:${email}`;
    owed.push({ ...common, lane, kind: "email_page", payload: { ...payload, to: email }, dedupe: key("email_page") });
  }
  if (via.includes("pager") && pager !== null) {
    const lane = `pager_page:${pager}`;
    owed.push({ ...common, lane, kind: "pager_page", payload: { ...payload, to: pager }, dedupe: key("pager_page") });
  }
  if (via.includes("dm") || owed.length === 0)
    owed.unshift({ ...common, lane: postLane(userId), kind: "page", payload, dedupe: key("page") });
  return owed;
}

/** The reminders of a person have places of their own, one for each message. */
export const reminderPlaces = (userId: string): string => `reminder:${userId}:`;
/** The message that lists what a burst of pages held beyond its number. */
export const burstPlace = (userId: string, since: Date): string => `${burstPlaces(userId)}${since.toISOString()}`;
export const burstPlaces = (userId: string): string => `burst:${userId}:`;

/** Reminders come to the same end as the cards: nobody is told to hurry for what is over. */
function endedReminders(before: Escalation | null, after: Escalation, events: readonly Event[]): Owed[] {
  if (before?.state !== "paused_pending_human" || !isQuieter(before, after, events)) return [];
  const chain = before.ruling.paging?.chain ?? [];
  const reminded = before.paging.pages.filter((page) => (chain[page.step]?.remindAfterS ?? null) !== null);
  const people = new Set(reminded.flatMap((page) => page.userIds));
  return [...people].map((userId) => ({
    lane: updateLane(userId),
    kind: "card_update" as const,
    escalationId: after.id,
    payload: { channel: reminderPlaces(userId), round: before.round },
    priority: CLASS.end,
    dedupe: `update:${after.id}:${reminderPlaces(userId)}`,
  }));
}

/** Whether somebody has answered or is on it, or nobody is waited for any more in this round. */
const isQuieter = (before: Escalation, after: Escalation, events: readonly Event[]): boolean =>
  after.state !== "paused_pending_human" ||
  after.round !== before.round ||
  events.some((event) => MEANINGS[event.type].quietensPagers);

/** What rings is looked at when somebody has answered, is on it, or nobody is waited for any more in this round. */
function silencedPagers(before: Escalation | null, after: Escalation, events: readonly Event[], telling: Telling): Owed[] {
  if (before?.state !== "paused_pending_human" || !isQuieter(before, after, events)) return [];
  if (!before.paging.pages.some((page) => page.userIds.some((userId) => telling.contact(userId).pager !== null))) return [];
  const dedupe = `pager_resolve:${after.id}`;
  return [{ lane: "pager_resolve", kind: "pager_resolve", escalationId: after.id, payload: {}, priority: CLASS.end, dedupe }];
}

/** Homes that are open come to the same state as the cards. */
function homes(before: Escalation | null, after: Escalation, events: readonly Event[], telling: Telling): Owed[] {
  if (!hasCard(after) || !events.some((event) => MEANINGS[event.type].isSeen)) return [];
  const queues = new Set([before?.ruling.queue ?? after.ruling.queue, after.ruling.queue]);
  const watching = new Set([...queues].flatMap((queue) => telling.watchers(queue)));
  return [...watching].map((userId) => ({
    lane: homeLane(userId),
    kind: "home" as const,
    escalationId: null,
    payload: { userId },
    priority: CLASS.waiting,
    dedupe: `home:${userId}`,
  }));
}

/** Silence is told where it was waited for, with the deadline that passed: a transfer has moved both by then. */
function threads(before: Escalation | null, after: Escalation, events: readonly Event[], telling: Telling): Owed[] {
  if (!hasCard(after)) return [];
  return events.flatMap((event) => {
    const at = event.type === "timed_out" && before !== null ? before : after;
    const text = telling.threadLine(event, at);
    if (text === null) return [];
    const channel = at.ruling.channel;
    return [
      {
        lane: postLane(channel),
        kind: "thread" as const,
        escalationId: after.id,
        payload: { channel, text },
        priority: CLASS.thread,
        dedupe: null,
      },
    ];
  });
}

/** Alarms go to the alarms channel and to the owner of the workflow; an unknown outcome also asks a person whether it ran. */
function alarms(alarm: Alarm, after: Escalation, telling: Telling): Owed[] {
  const owner = after.ruling.presentation.owner ?? after.agentOwner ?? telling.ownerOf(after.agentName);
  const places = [telling.alarmsChannel, owner].filter((place): place is string => place !== null);
  const messages = places.map((channel) => ({
    lane: postLane(channel),
    kind: "message" as const,
    escalationId: after.id,
    // A person has routes of their own, should Slack not take it.
    payload: {
      channel,
      text: telling.alarmLine(alarm, after, channel === owner ? null : owner),
      alarm: true,
      about: `${alarm}:${after.agentName}`,
      gather: true,
      ...(channel === owner ? { userId: owner } : {}),
    },
    // Behind the pages of that person: an agent that floods its owner must not hide what they are paged for.
    priority: CLASS.waiting,
    dedupe: `alarm:${alarm}:${after.agentName}:${channel}`,
  }));
  return alarm === "outcome_unknown" ? [...messages, reviewOwed(after.id, "did_it_run", "follow_up")] : messages;
}
