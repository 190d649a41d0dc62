import type { SUPPORTED_KINDS } from "../shapes/vocabulary.ts";
import { action } from "./action.ts";
import type { KindRow } from "./kind.ts";
import { question } from "./question.ts";

export type Kind = (typeof SUPPORTED_KINDS)[number];
export const KIND_ROWS: Record<Kind, KindRow> = { action, question };

/** The row of an escalation's, or of a request's kind. */
export const kindOf = ({ kind }: { kind: Kind }): KindRow => KIND_ROWS[kind];
