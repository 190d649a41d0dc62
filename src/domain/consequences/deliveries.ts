import { z } from "zod";
import { ROUTES } from "../shapes/paging.ts";
import { CALLBACK_TYPES } from "./callback-types.ts";

/**
 * What each kind of delivery carries from the commit that owes it to the sender that sends it. A sender draws what is true when
 * it sends, so this is little more than to whom and about what.
 */
const Page = z.object({
  userId: z.string(),
  /** Of the step: one that the chain has not committed is never sent. */
  token: z.int(),
  label: z.string(),
  round: z.int(),
  /** All the routes of the step. */
  via: z.array(z.enum(ROUTES)),
});
const Message = z.object({
  channel: z.string(),
  text: z.string(),
  alarm: z.boolean().optional(),
  /** Nothing in the text is markup. */
  plain: z.boolean().optional(),
  /** Alarms about the same are one where they leave Slack. */
  about: z.string().optional(),
  /** One message with a count for all alarms about the same. */
  gather: z.boolean().optional(),
  /** Who has routes of their own, should Slack not take it. */
  userId: z.string().optional(),
});
/** `instead`: because Slack did not take it. */
const Routed = { to: z.string(), instead: z.boolean().optional() };
const OnRoute = z.union([Page.extend(Routed), Message.extend(Routed)]);

const PAYLOADS = {
  card_post: z.object({ channel: z.string() }),
  /** `channel`: the place of the card; `round`: the one whose reminders end. */
  card_update: z.object({ channel: z.string(), round: z.int().optional() }),
  thread: z.object({ channel: z.string(), text: z.string() }),
  message: Message,
  /** `sessionId`: what people told this session; empty: its agent as a whole. `parent`: to whose address it goes. */
  callback: z.object({ type: z.enum(CALLBACK_TYPES), sessionId: z.string().optional(), parent: z.string().optional() }),
  follow_up: z.object({ ask: z.enum(["did_it_run", "late_outcome", "was_it_right", "sampled", "undo_rehearsed"]) }),
  page: Page,
  reminder: z.object({ userId: z.string(), round: z.int() }),
  batch: z.object({ userId: z.string(), window: z.string() }),
  home: z.object({ userId: z.string() }),
  email_page: OnRoute,
  pager_page: OnRoute,
  pager_resolve: z.object({}),
  requester: z.object({}),
  /** Pictures and files, into the thread of the card that stands at `channel`. */
  media: z.object({ channel: z.string() }),
} satisfies Record<string, z.ZodType>;

export type DeliveryKind = keyof typeof PAYLOADS;
export const DELIVERY_KINDS = Object.keys(PAYLOADS) as DeliveryKind[];
export type PayloadOf<K extends DeliveryKind> = z.infer<(typeof PAYLOADS)[K]>;

/**
 * The order within a lane: the end of a wait before anything else, then pages, then what waits for people, then the history in
 * threads, then what only informs. Within a class agents take turns.
 */
export const CLASS = { end: 0, page: 1, waiting: 2, thread: 3, notice: 4 } as const;
export type Class = (typeof CLASS)[keyof typeof CLASS];

/** One delivery owed by a commit; becomes a row of the outbox in the same transaction. */
export type Owed = {
  [K in DeliveryKind]: {
    lane: string;
    kind: K;
    escalationId: string | null;
    payload: PayloadOf<K>;
    priority: Class;
    /** Rows with the same key are one delivery while unsent; it renders what is true when it is sent. */
    dedupe: string | null;
    /** Not before so many milliseconds have passed, so that what follows at once goes with it. */
    afterMs?: number;
  };
}[DeliveryKind];

/** A row of the outbox, whatever it carries. */
export type Envelope = {
  id: number;
  lane: string;
  kind: string;
  escalationId: string | null;
  /** Whose escalation it is; empty where it belongs to none. */
  agentId: string;
  deliveryId: string;
  generation: number;
  /** Of how many times it was owed its reader has been told; the rest is in the message that goes now. */
  told: number;
  /** Sends begun so far, this one not counted. */
  attempts: number;
  /** Set when an earlier send began and nobody saw it end: since then it may have arrived. The first of several such sends. */
  startedAt: Date | null;
  /** When the newest send before this one began: what arrived, arrived between the two. */
  triedAt: Date | null;
  /** `later`: put off. */
  status: "owed" | "later" | "uncertain" | "dead";
  lastError: string | null;
  createdAt: Date;
  runAt: Date;
};
export type DeliveryOf<K extends DeliveryKind> = { [P in K]: Envelope & { kind: P; payload: PayloadOf<P> } }[K];
export type Delivery = DeliveryOf<DeliveryKind>;
/** Written by a release that knew other kinds, or by hand: nobody can send it. */
export type Unreadable = Envelope & { unreadable: string };

export function readDelivery(envelope: Envelope, payload: unknown): Delivery | Unreadable {
  const { kind } = envelope;
  if (!isKind(kind)) return { ...envelope, unreadable: `this release knows no delivery of the kind ${kind}` };
  const read = PAYLOADS[kind].safeParse(payload);
  if (read.success) return { ...envelope, kind, payload: read.data } as Delivery;
  const [issue] = read.error.issues;
  return { ...envelope, unreadable: `its payload is not that of a ${kind}: ${issue?.path.join(".")} ${issue?.message}` };
}

const isKind = (kind: string): kind is DeliveryKind => Object.hasOwn(PAYLOADS, kind);
