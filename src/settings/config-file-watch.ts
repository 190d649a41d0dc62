import { type ConfigResult, parseConfig, readConfigText } from "./config.ts";

/** Looks at the configuration file again and again; only a text that changed is parsed, which is a hundred times the work of reading it. */
export type ConfigFileWatch = {
  /** `changed`: since it was last `seen`. */
  look(): { read: ConfigResult; changed: boolean };
  /** What was just looked at has been dealt with; until then it counts as changed, so that nothing is lost when that fails. */
  seen(): void;
};

export function watchConfigFile(file: string): ConfigFileWatch {
  let last: { text: string; read: ConfigResult } | null = null;
  let dealtWith: ConfigResult | null = null;
  return {
    look() {
      const found = readConfigText(file);
      const text = found.ok ? found.text : JSON.stringify(found.problems);
      if (last === null || last.text !== text) last = { text, read: found.ok ? parseConfig(found.text) : found };
      return { read: last.read, changed: last.read !== dealtWith };
    },
    seen() {
      dealtWith = last?.read ?? null;
    },
  };
}
