import { say } from "../../words/en.ts";
import { type Body, readBody, type StoredEntry } from "./stored.ts";
import type { AuditFault } from "./verify.ts";

/** What the streams of the house tell of, as it stands in tables. `intact`: the text is the one that the digest is of. */
export type HouseRows = {
  policies: { hash: string; intact: boolean }[];
  configurations: { number: number; policy: string; intact: boolean }[];
  agents: { id: string; revoked: boolean }[];
  overrides: number;
};

const { faults: words } = say.audit;
type Entries = readonly StoredEntry[];
const told = (entries: Entries, event: string): Body[] =>
  entries.map(({ body }) => readBody(body) ?? {}).filter((body) => body.event === event);

/** Whether the texts in force are those that were adopted, and agents and overrides those that entries tell of. */
export function verifyHouse(streams: ReadonlyMap<string, Entries>, house: HouseRows): AuditFault[] {
  const of = (stream: string) => streams.get(stream) ?? [];
  const all = (stream: string, texts: string[]) => texts.map((fault) => ({ stream, seq: null, fault }));
  return [
    ...all("policy", configurationFaults(of("policy"), of("reviewers"), house)),
    ...all("agents", agentFaults(of("agents"), house.agents)),
    ...all("oncall", overrideFaults(of("oncall"), house.overrides)),
  ];
}

function configurationFaults(policy: Entries, reviewers: Entries, { policies, configurations }: HouseRows): string[] {
  const adopted = told(policy, "policy_adopted");
  const hashes = [...adopted.map((body) => String(body.policy_version)), ...configurations.map((one) => one.policy)];
  const missing = [...new Set(hashes)].filter((hash) => !policies.some((one) => one.hash === hash));
  const numbers = [...adopted, ...told(reviewers, "directory_changed")].map((body) => Number(body["configuration"]));
  const newest = Math.max(0, ...numbers, ...configurations.map((one) => one.number));
  const gaps = Array.from({ length: newest }, (_, i) => i + 1).filter((n) => !configurations.some(({ number }) => number === n));
  return [
    ...(configurations.length > 0 && adopted.length === 0 ? [words.noEntries] : []),
    ...missing.map(words.policyMissing),
    ...policies.filter(({ intact }) => !intact).map(({ hash }) => words.policyText(hash)),
    ...gaps.map(words.configurationMissing),
    ...configurations.filter(({ intact }) => !intact).map(({ number }) => words.configurationText(number)),
  ];
}

function agentFaults(entries: Entries, agents: HouseRows["agents"]): string[] {
  const idsIn = (event: string) => told(entries, event).map((body) => String(body.agent_id));
  const [added, revoked] = [idsIn("agent_added"), idsIn("agent_revoked")];
  return [
    ...added.filter((id) => !agents.some((agent) => agent.id === id)).map(words.agentGone),
    ...agents.filter(({ id }) => !added.includes(id)).map(({ id }) => words.agentUntold(id)),
    ...agents.filter((agent) => agent.revoked && !revoked.includes(agent.id)).map(({ id }) => words.revocationUntold(id)),
    ...agents.filter((agent) => !agent.revoked && revoked.includes(agent.id)).map(({ id }) => words.revocationUndone(id)),
  ];
}

function overrideFaults(entries: Entries, rows: number): string[] {
  const set = told(entries, "override_set").length;
  return set === rows ? [] : [words.overrides(rows, set)];
}
