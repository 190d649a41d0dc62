import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { canonicalAction, digestOf } from "../domain/shapes/canonical.ts";
import type { SubmittedAction } from "../domain/shapes/request.ts";
import type { LocalSlack } from "../local/slack/server.ts";
import type { Settings } from "../settings/settings.ts";
import { say } from "../words/en.ts";

const FIRST = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "docs", "first-escalation.json");

/** What a start says: where to look, and on a laptop the commands to begin with. */
export function announce(
  settings: Settings,
  httpUrl: string,
  local: LocalSlack | null,
  key: string,
  tell: (line: string) => void,
): void {
  tell(say.operator.start.listens(httpUrl));
  if (local === null) return;
  tell(`\n  ${say.operator.start.open(local.url)}\n`);
  tell(firstEscalation(httpUrl, key));
  tell(`  ${say.operator.start.dataIn(settings.dataDir)}`);
}

/** The whole road of one refund as commands to paste, with the digest of docs/first-escalation.json. */
function firstEscalation(url: string, key: string): string {
  const { action } = JSON.parse(readFileSync(FIRST, "utf8")) as { action: SubmittedAction };
  const { curls } = say;
  const id = "$ID";
  return [
    `  ${curls.intro}\n  ${curls.ask(url, key)}\n`,
    `  ${curls.rest}\n  ${curls.setId}\n  ${curls.wait(url, key, id)}`,
    `  ${curls.resume(url, key, id)}\n  ${curls.setToken}`,
    `  ${curls.outcome(url, key, id, digestOf(canonicalAction(action)))}\n  ${curls.digestOfUnchanged}\n`,
  ].join("\n");
}
