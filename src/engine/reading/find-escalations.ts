import { findByEnding } from "../../store/find-escalations.ts";
import type { EngineParts } from "../parts.ts";

/** Cards show the end of an id only; this finds what it could be, among what stands in these queues. */
export const idsEndingIn = (
  parts: Pick<EngineParts, "reads">,
  queues: readonly string[],
  ending: string,
  limit: number,
): Promise<string[]> => findByEnding(parts.reads, queues, ending, limit);
