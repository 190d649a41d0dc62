import { within } from "../../slack/api/within.ts";
import { say as words } from "../../words/en.ts";

/**
 * What a probe has to say. `wrong`: it keeps a start from being healthy, and the text names the mend; `note`: it works, and is
 * still worth knowing.
 */
export type Area = keyof typeof words.doctor.areas;
export type Finding = { area: Area; level: "good" | "note" | "wrong"; text: string };

/** A probe may take this long; what it has found until then is shown. */
export const PROBE_MS_MAX = 5000;

export type Report = { good(text: string): void; note(text: string): void; wrong(text: string): void };

/** Runs one probe to its end, or to the end of its time; what it throws is a finding too. */
export async function look(area: Area, what: string, probe: (report: Report) => Promise<void> | void): Promise<Finding[]> {
  const findings: Finding[] = [];
  let over = false;
  const add = (level: Finding["level"]) => (text: string) => {
    if (!over) findings.push({ area, level, text });
  };
  const report = { good: add("good"), note: add("note"), wrong: add("wrong") };
  const run = async () => {
    try {
      await probe(report);
    } catch (error) {
      report.wrong(words.doctor.broke(what, error instanceof Error ? error.message : String(error)));
    }
    return true;
  };
  const done = await within(PROBE_MS_MAX, run());
  if (done === null) report.wrong(words.doctor.late(what, PROBE_MS_MAX / 1000));
  over = true;
  return findings;
}
