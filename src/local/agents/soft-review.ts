import type { Resumed, Shown, Worker } from "./follow.ts";

/**
 * An agent whose act people look at while it is done: it takes it up at once, reports, and waits for what they say. To undo it is
 * another right, with another claim.
 */
const claimToDo = (id: string): string => `sample agent of ${id}`;
const claimToUndo = (id: string): string => `sample agent of ${id}, undoing`;

type Act = (worker: Worker, id: string, token: string, digest: string) => Promise<unknown>;

/** Nothing where it is done, or is no soft review. The same claim after a crash: it goes on with what it had begun. */
export async function doMeanwhile(worker: Worker, shown: Shown, act: Act): Promise<boolean> {
  const isMine = shown.disposition === "proceed_pending_review" || shown.disposition === "claimed";
  if (shown.review === null || !isMine || shown.state !== "paused_pending_human") return false;
  const { call, note } = worker;
  note("proceeding", "got", `May do it at once; unless somebody confirms it in time: ${shown.review.unconfirmed}`);
  const { execution } = await call<Resumed>("POST", `/v1/escalations/${shown.id}/resume`, { claim_id: claimToDo(shown.id) });
  if (execution === null) return false;
  await act(worker, shown.id, execution.token, shown.action_digest);
  return true;
}

/** What people, or their silence, say of what is done. */
export async function heedReview(worker: Worker, found: Shown): Promise<void> {
  const { call, note, run } = worker;
  let shown = found;
  // What it did is reported by now, unless it crashed before that: then the right to do it has to lapse first.
  while (shown.disposition === "claimed")
    shown = await call<Shown>("GET", `/v1/escalations/${shown.id}?wait=25&since=${shown.revision}`);
  const who = shown.decision?.source === "timeout" ? "Nobody answered in time" : "A person answered";
  note("resuming", "got", `${who}: ${shown.decision?.type ?? "nothing"}`, shown.decision);
  run.became = shown.ended_reason === "executed" ? "done, and kept" : (shown.ended_reason ?? shown.state).replaceAll("_", " ");
  if (shown.ended_at !== null) return note("done", "did", `Leaves it as it is: ${run.became}`);
  const { execution, undo } = await call<Resumed>("POST", `/v1/escalations/${shown.id}/resume`, {
    claim_id: claimToUndo(shown.id),
  });
  if (execution === null) return note("done", "did", "There is nothing to undo");
  note("resuming", "did", `Undoes it: ${undo?.how ?? "as it knows"}`);
  await call<Shown>("POST", `/v1/escalations/${shown.id}/outcome`, {
    status: "rolled_back",
    execution_token: execution.token,
    detail: "undone by the sample agent",
  });
  run.became = "done, and undone";
  note("done", "sent", "Reported: rolled back");
}
