import { isEscalationId } from "../engine/ids.ts";
import { say } from "../words/en.ts";
import { fail } from "./problem.ts";

/** Where a page of a list ended, as an opaque string. */
export const cursorOf = (id: string): string => Buffer.from(id).toString("base64url");

export function readCursor(cursor: string): string {
  const id = Buffer.from(cursor, "base64url").toString("utf8");
  if (!isEscalationId(id)) {
    fail("invalid-request", say.refusedCalls.cursorUnknown, [{ pointer: "/cursor", detail: say.refusedCalls.useNextCursor }]);
  }
  return id;
}
