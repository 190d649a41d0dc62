import { parseArgs } from "node:util";
import type { Environment } from "../settings/settings.ts";
import { say as words } from "../words/en.ts";
import { examine } from "./doctor/all.ts";
import type { Area, Finding } from "./doctor/findings.ts";
import { type Cli, CliError } from "./output.ts";

/**
 * `doctor [--json]`: everything that keeps a start from being healthy, with the mend, beside a running server and without one.
 * Ends with 0 only when nothing is wrong.
 */
export async function doctorCommand(args: readonly string[], env: Environment, say: Cli["say"]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: "boolean" } } });
  const findings = await examine(env);
  const count = (level: Finding["level"]) => findings.filter((one) => one.level === level).length;
  const healthy = count("wrong") === 0;
  say(values.json === true ? JSON.stringify({ healthy, findings }, null, 2) : listed(findings));
  if (!healthy) throw new CliError(words.doctor.ill(count("wrong")));
  if (values.json !== true) say(words.doctor.healthy(count("note")));
}

/** Area after area; a colour never stands alone, so there is none. */
function listed(findings: readonly Finding[]): string {
  const { areas, marks } = words.doctor;
  return (Object.keys(areas) as Area[])
    .map((area) => findings.filter((one) => one.area === area))
    .filter((own) => own.length > 0)
    .map((own) => [areas[own[0]?.area ?? "settings"], ...own.map(({ level, text }) => `  ${marks[level]}  ${text}`)].join("\n"))
    .join("\n\n");
}
