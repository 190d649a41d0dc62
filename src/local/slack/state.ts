import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Clock } from "../../domain/base/clock.ts";
import type { StoredFile } from "./files.ts";
import { type Account, CHANNELS, type Channel, PEOPLE } from "./workspace.ts";

/**
 * Everything the local Slack remembers. Messages, DMs and Homes can be kept in a file; triggers, open modals and
 * files live only while it runs.
 */
export type Block = Record<string, unknown> & { type: string; block_id?: string };
export type Message = {
  ts: string;
  user: string;
  text: string;
  blocks: Block[];
  metadata?: unknown;
  thread_ts?: string;
  edited?: boolean;
  /** A reply that is seen in the conversation as well. */
  subtype?: "thread_broadcast";
  /** What was uploaded with it, as Slack describes it. */
  files?: object[];
  /** Only this person sees it. */
  ephemeralFor?: string;
};
export type View = Record<string, unknown> & {
  id: string;
  type: "modal" | "home";
  hash: string;
  blocks: Block[];
  callback_id: string;
  private_metadata: string;
  state: { values: Record<string, Record<string, unknown>> };
};
export type State = {
  accounts: Map<string, Account>;
  channels: Map<string, Channel>;
  /** By channel or DM id, oldest first. */
  messages: Map<string, Message[]>;
  /** Person → DM channel id. */
  dms: Map<string, string>;
  homes: Map<string, View>;
  /** Open modals of each person, the top one last. */
  stacks: Map<string, View[]>;
  triggers: Map<string, { userId: string; at: number }>;
  files: Map<string, StoredFile>;
  responseUrls: Map<string, { userId: string; channel: string; at: number; uses: number }>;
  /** What the page has to tell each person itself, because no message could: the newest last. */
  notices: Map<string, { id: string; text: string }[]>;
  /** What each person has read, by channel: the newest ts. */
  read: Map<string, string>;
  counter: number;
};

export function createState(statePath: string | null): State {
  const state: State = {
    accounts: new Map(PEOPLE.map((one) => [one.id, { ...one }])),
    channels: new Map(CHANNELS.map((one) => [one.id, { ...one }])),
    messages: new Map(CHANNELS.map((one) => [one.id, []])),
    dms: new Map(),
    homes: new Map(),
    stacks: new Map(),
    triggers: new Map(),
    files: new Map(),
    responseUrls: new Map(),
    notices: new Map(),
    read: new Map(),
    counter: 0,
  };
  if (statePath !== null && existsSync(statePath)) restore(state, statePath);
  return state;
}

type Kept = {
  messages: [string, Message[]][];
  dms: [string, string][];
  homes: [string, View][];
  read: [string, string][];
  counter: number;
};

function restore(state: State, file: string): void {
  try {
    const kept = JSON.parse(readFileSync(file, "utf8")) as Kept;
    for (const [id, list] of kept.messages) state.messages.set(id, list);
    state.dms = new Map(kept.dms);
    state.homes = new Map(kept.homes);
    state.read = new Map(kept.read);
    state.counter = kept.counter;
  } catch {
    // A half-written or foreign file: the stand-in starts empty; the product's own state is in Postgres.
  }
}

export function saveState(state: State, file: string): void {
  const kept: Kept = {
    messages: [...state.messages],
    dms: [...state.dms],
    homes: [...state.homes],
    read: [...state.read],
    counter: state.counter,
  };
  writeFileSync(`${file}.new`, JSON.stringify(kept), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Unique and increasing, as Slack's: seconds and a counter. */
export function nextTs(state: State, clock: Clock): string {
  state.counter++;
  return `${Math.floor(clock.now().getTime() / 1000)}.${String(state.counter % 1_000_000).padStart(6, "0")}`;
}

export function nextId(state: State, prefix: string): string {
  state.counter++;
  return `${prefix}${state.counter.toString(36).toUpperCase().padStart(9, "0")}`;
}

export function dmOf(state: State, userId: string): string {
  const known = state.dms.get(userId);
  if (known !== undefined) return known;
  const id = `D0${userId.slice(1)}`;
  state.dms.set(userId, id);
  state.messages.set(id, []);
  return id;
}

const NOTICES_KEPT = 20;

export function tell(state: State, userId: string, text: string): void {
  const list = state.notices.get(userId) ?? [];
  state.notices.set(userId, [...list, { id: nextId(state, "N"), text }].slice(-NOTICES_KEPT));
}
