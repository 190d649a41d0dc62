import { canonicalJson } from "../shapes/canonical.ts";
import type { Escalation } from "../shapes/escalation.ts";
import { saltOf } from "./chain.ts";
import { type Told, tellOf } from "./replay.ts";
import type { StoredEntry } from "./stored.ts";

/** Adds to entries what they commit to and the escalation itself keeps: what was asked and ruled, its decisions, its outcome. */
export function withKept(entries: readonly StoredEntry[], escalation: Escalation, opened: string | null): StoredEntry[] {
  const told = new Map(tellOf(entries).map((one) => [one.entry, one]));
  return entries.map((entry) => {
    const one = told.get(entry);
    if (entry.content !== null || one?.body.commitment === undefined) return entry;
    const salt = saltOf(escalation.auditKey, entry.seq).toString("base64");
    return { ...entry, salt, content: contentOf(one, escalation, opened) };
  });
}

function contentOf({ body, before }: Told, escalation: Escalation, opened: string | null): string | null {
  const { decision, pastDecisions, outcome } = escalation;
  switch (body.event) {
    case "opened":
      return opened;
    case "decided":
    case "timed_out": {
      const made = [...pastDecisions, decision].find((one) => one?.round === before.round);
      return made === undefined ? null : canonicalJson({ decision: made });
    }
    case "reported":
    case "reported_late":
      return outcome === null ? null : canonicalJson({ outcome });
    default:
      return null;
  }
}
