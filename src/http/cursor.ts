import type { Escalation } from "../domain/escalation.ts";
import { isEscalationId } from "../engine/ids.ts";
import { fail } from "./problem.ts";

/** Where a page of a list ended, as an opaque string. */
export function cursorOf(escalation: Escalation): string {
  return Buffer.from(`${escalation.createdAt.toISOString()} ${escalation.id}`).toString("base64url");
}

export function readCursor(cursor: string): { createdAt: Date; id: string } {
  const [at, id] = Buffer.from(cursor, "base64url").toString("utf8").split(" ");
  const createdAt = new Date(at ?? "");
  if (id === undefined || !isEscalationId(id) || Number.isNaN(createdAt.getTime())) {
    fail("invalid-request", "The cursor is not one of ours.", [
      { pointer: "/cursor", detail: "use next_cursor of the page before" },
    ]);
  }
  return { createdAt, id };
}
