import type { Limit } from "./limit.ts";

/** The bounds of everything that leaves. */
export const SENDING_LIMITS = {
  lanesSlack: { value: 16, unit: "lanes", of: "of Slack sent at once by one process", beyond: "waits for one of them" },
  lanesCallback: { value: 16, unit: "lanes", of: "of callbacks sent at once by one process", beyond: "waits for one of them" },
  lanesOther: {
    value: 8,
    unit: "lanes",
    of: "of e-mail, pagers and own work sent at once by one process",
    beyond: "waits for one of them",
  },
  callbacksEach: {
    value: 4,
    unit: "calls",
    of: "callbacks sent at once to one host of an agent",
    beyond: "waits for one of them; where three in a row have failed, one at a time until it answers",
  },
  overtakenAfter: {
    value: 5,
    unit: "tries",
    of: "a message that Slack neither takes nor refuses keeps its lane back",
    beyond: "the others of its lane go first",
  },
  givenUpAfter: {
    value: 20,
    unit: "tries",
    of: "a message that Slack does not take, while it takes others",
    beyond: "set aside, with an alarm",
  },
  laneLease: {
    value: 20,
    unit: "s",
    of: "a process keeps its lanes, renewed while it sends",
    beyond: "another process goes on with them",
  },
  putOff: { value: 3_000_000, unit: "ms", of: "one answer puts a send off", beyond: "tried again then, whatever was asked for" },
  sendAgain: {
    value: 300_000,
    unit: "ms",
    of: "the longest pause after a send that failed",
    beyond: "tried again: a callback until the agent's time to resume has passed, all else until it is sent or set aside",
  },
  lookUps: {
    value: 8,
    unit: "tries",
    of: "Slack is asked whether a message arrived, and does not say",
    beyond: "set aside as uncertain, with an alarm",
  },
  lookedThrough: {
    value: 1000,
    unit: "messages",
    of: "looked through for one that may have arrived, within the time in which it can have",
    beyond: "as if Slack had not said",
  },
} as const satisfies Record<string, Limit>;
