import type { Escalation } from "../domain/shapes/escalation.ts";
import { isEscalationId } from "../engine/ids.ts";
import { say } from "../words/en.ts";
import { fail } from "./problem.ts";

/** Where a page of a list ended, as an opaque string. */
export function cursorOf(escalation: Pick<Escalation, "createdAt" | "id">): string {
  return Buffer.from(`${escalation.createdAt.toISOString()} ${escalation.id}`).toString("base64url");
}

/** JavaScript dates reach further than PostgreSQL's do; nothing of ours was created outside these years. */
const OURS = /^([2-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\S+)$/;

export function readCursor(cursor: string): { createdAt: Date; id: string } {
  const [, at = "", id = ""] = OURS.exec(Buffer.from(cursor, "base64url").toString("utf8")) ?? [];
  const createdAt = new Date(at);
  if (Number.isNaN(createdAt.getTime()) || !isEscalationId(id)) {
    fail("invalid-request", say.refusedCalls.cursorUnknown, [{ pointer: "/cursor", detail: say.refusedCalls.useNextCursor }]);
  }
  return { createdAt, id };
}
