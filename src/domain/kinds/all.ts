import type { Ruling } from "../shapes/ruling.ts";
import type { SUPPORTED_KINDS } from "../shapes/vocabulary.ts";
import { actsMeanwhile, tierOf } from "../tiers.ts";
import { action } from "./action.ts";
import { artifact } from "./artifact.ts";
import type { KindRow } from "./kind.ts";
import { plan } from "./plan.ts";
import { question } from "./question.ts";

export type Kind = (typeof SUPPORTED_KINDS)[number];
export const KIND_ROWS: Record<Kind, KindRow> = { action, plan, question, artifact };

/** The row of an escalation's, or of a request's kind. */
export const kindOf = ({ kind }: { kind: Kind }): KindRow => KIND_ROWS[kind];

type Asked = { kind: Kind; ruling: Pick<Ruling, "tier"> };

/** What people are waited for: an answer, an approval, a word on what is done meanwhile, or one of them who does it. */
export function wantedOf(asked: Asked): "answer" | "approval" | "confirmation" | "person" {
  const { consent, mayRun } = kindOf(asked);
  if (consent === "answer") return "answer";
  if (tierOf(asked).doneBy === "person") return "person";
  return mayRun && actsMeanwhile(asked.ruling.tier) ? "confirmation" : "approval";
}

/** The agent acts while people are asked: they confirm it or have it undone. */
export const isSoftReview = (asked: Asked): boolean => wantedOf(asked) === "confirmation";
