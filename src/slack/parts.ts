import type { Clock } from "../domain/base/clock.ts";
import type { Directory } from "../domain/people/directory.ts";
import type { Engine } from "../engine/engine.ts";
import type { CardPlaces } from "../engine/reading/cards.ts";
import type { Channels } from "./api/channels.ts";
import type { SlackApi } from "./api/client.ts";
import type { People } from "./api/people.ts";

/** What answering people in Slack is built from. */
export type SlackParts = {
  engine: Engine;
  api: SlackApi;
  people: People;
  channels: Channels;
  directory: () => Directory;
  log: { error(facts: object, message: string): void; info(facts: object, message: string): void };
};

/** What sending them what is owed is built from. */
export type SenderParts = {
  engine: Engine;
  places: CardPlaces;
  api: SlackApi;
  directory: () => Directory;
  clock: Clock;
  channels: Channels;
  people: People;
};
