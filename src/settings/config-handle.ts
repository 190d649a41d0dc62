import { type Config, type ConfigResult, parseConfig, readConfigFile } from "./config.ts";
import type { Problem } from "./problem-words.ts";

/** The configuration in force. A bad edit is reported once and changes nothing. */
export type Outcome = { kind: "unchanged" } | { kind: "bad"; problems: Problem[] } | { kind: "good"; config: Config };
export type ConfigHandle = {
  current(): Config;
  /** Says the same again until it was accepted or refused: what could not be stored or told yet is not lost. */
  readAgain(): Outcome;
  accept(config: Config): void;
  refuse(problems: readonly Problem[]): void;
};

/** `lastGood`: the text kept in the database. Without a good file and without that, there is no handle. */
export function openConfig(file: string, lastGood: string | null): { handle: ConfigHandle | null; problems: Problem[] } {
  const first = readConfigFile(file);
  const kept = first.ok || lastGood === null ? null : parseConfig(lastGood, true);
  const inForce = first.ok ? first.config : kept?.ok === true ? kept.config : null;
  const problems = first.ok ? [] : first.problems;
  return { handle: inForce === null ? null : createHandle(file, inForce, first), problems };
}

function createHandle(file: string, first: Config, firstRead: ConfigResult): ConfigHandle {
  let current = first;
  // A file that is bad at the start is told like a bad edit: by the first look at it.
  let seen = firstRead.ok ? fingerprint(firstRead) : null;
  return {
    current: () => current,
    readAgain() {
      const read = readConfigFile(file);
      if (fingerprint(read) === seen) return { kind: "unchanged" };
      return read.ok ? { kind: "good", config: read.config } : { kind: "bad", problems: read.problems };
    },
    accept(config) {
      current = config;
      seen = config.text;
    },
    refuse(problems) {
      seen = JSON.stringify(problems);
    },
  };
}

const fingerprint = (read: ConfigResult): string => (read.ok ? read.config.text : JSON.stringify(read.problems));
