import type { Ruling } from "../shapes/ruling.ts";
import type { SUPPORTED_KINDS } from "../shapes/vocabulary.ts";
import { tierOf } from "../tiers.ts";
import { action } from "./action.ts";
import { artifact } from "./artifact.ts";
import type { KindRow } from "./kind.ts";
import { question } from "./question.ts";

export type Kind = (typeof SUPPORTED_KINDS)[number];
export const KIND_ROWS: Record<Kind, KindRow> = { action, question, artifact };

/** The row of an escalation's, or of a request's kind. */
export const kindOf = ({ kind }: { kind: Kind }): KindRow => KIND_ROWS[kind];

/** What people are waited for: an answer, an approval, or one of them who does it. */
export function wantedOf(asked: { kind: Kind; ruling: Pick<Ruling, "tier"> }): "answer" | "approval" | "person" {
  if (kindOf(asked).consent === "answer") return "answer";
  return tierOf(asked).doneBy === "person" ? "person" : "approval";
}
