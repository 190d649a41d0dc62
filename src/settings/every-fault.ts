import { type Environment, readSettings, SETTING_NAMES, type Settings } from "./settings.ts";

/**
 * All that is wrong with the environment, where a start names the first fault only. `settings`: what is left when the faulty ones
 * are taken out; `broken`: their names, so that nobody looks at what they stand for.
 */
export type EveryFault = { settings: Settings | null; faults: string[]; broken: ReadonlySet<string> };

/** Half of a pair that is missing is mended at the half that is there. */
const WITH: Record<string, readonly string[]> = { MAIL_FROM: ["SMTP_URL"], PORT: ["LOCAL_SLACK_PORT"] };
const SLACK: readonly string[] = [...SETTING_NAMES.filter((name) => name.startsWith("SLACK_")), "COUNTERSIGN_LOCAL"];
const isSlack = (name: string) => SLACK.includes(name);

export function everyFault(env: Environment): EveryFault {
  const left = { ...env };
  const faults: string[] = [];
  const broken = new Set<string>();
  for (;;) {
    const read = readSettings(left, { slack: ![...broken].some(isSlack) });
    if (read.ok) return { settings: read.settings, faults, broken };
    if (broken.has(read.name)) return { settings: null, faults, broken };
    faults.push(read.line);
    for (const name of isSlack(read.name) ? SLACK : [read.name, ...(WITH[read.name] ?? [])]) {
      broken.add(name);
      delete left[name];
    }
  }
}
