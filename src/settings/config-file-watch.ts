import { type ConfigResult, parseConfig, readConfigText, readerBeside } from "./config.ts";

/**
 * Looks at the configuration file again and again; only a text that changed, or a list beside it, is parsed, which is a hundred
 * times the work of reading it.
 */
export type ConfigFileWatch = {
  /** `changed`: since it was last `seen`. */
  look(): { read: ConfigResult; changed: boolean };
  /** What was just looked at has been dealt with; until then it counts as changed, so that nothing is lost when that fails. */
  seen(): void;
};

export function watchConfigFile(file: string): ConfigFileWatch {
  const readBeside = readerBeside(file);
  let last: { text: string; beside: ReadonlyMap<string, string | null>; read: ConfigResult } | null = null;
  let dealtWith: ConfigResult | null = null;
  return {
    look() {
      const found = readConfigText(file);
      const text = found.ok ? found.text : JSON.stringify(found.problems);
      const same = last?.text === text && [...last.beside].every(([name, content]) => readBeside(name) === content);
      if (last === null || !same) {
        const beside = new Map<string, string | null>();
        const read = (name: string) => {
          const content = readBeside(name);
          beside.set(name, content);
          return content;
        };
        last = { text, beside, read: found.ok ? parseConfig(found.text, false, read) : found };
      }
      return { read: last.read, changed: last.read !== dealtWith };
    },
    seen() {
      dealtWith = last?.read ?? null;
    },
  };
}
