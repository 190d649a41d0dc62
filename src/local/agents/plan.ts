import { setTimeout as sleep } from "node:timers/promises";
import type { Resumed, Shown, Worker } from "./follow.ts";

/** An agent with a plan: it does what people left of it, in order, and reports each step by itself. */
export async function doSteps({ call, note, run, stopped }: Worker, id: string, resumed: Resumed): Promise<boolean> {
  const { steps, decision } = resumed;
  if (steps === undefined) return false;
  let last: Shown | null = null;
  for (const { id: step, action_digest, execution } of steps) {
    await sleep(600, undefined, { signal: stopped });
    const action = decision?.plan?.steps.find((one) => one.id === step)?.action;
    note("resuming", "did", `Does step ${step} with ${JSON.stringify(action?.params ?? {})}`);
    last = await call<Shown>("POST", `/v1/escalations/${id}/steps/${step}/outcome`, {
      status: "completed",
      execution_token: execution.token,
      executed_action_digest: action_digest,
    });
  }
  const reason = last?.ended_reason ?? last?.state ?? "nothing left";
  run.became = reason === "executed" ? "done" : reason.replaceAll("_", " ");
  note("done", "sent", `Reported every step: ${reason}`);
  return true;
}
