import { say } from "../../words/en.ts";
import { canonicalAction, digestOf, hmacSha256 } from "../shapes/canonical.ts";
import type { Escalation, Execution, Step } from "../shapes/escalation.ts";
import { type Refusal, refuse } from "../shapes/refusal.ts";
import type { ActionRequest, Plan } from "../shapes/request.ts";
import type { Ruling, StepRuling } from "../shapes/ruling.ts";
import { STEP_STATES } from "../shapes/vocabulary.ts";

/** The steps of a plan: their rows, which of them its approval covers, and how far they have got. */

/** As they come into being; none for what is no plan. */
export function stepsOf(plan: Plan | null, { steps = [] }: Pick<Ruling, "steps">): Step[] {
  return (plan?.steps ?? []).map((step) => {
    const ruled = rulingOfStep({ steps }, step.id);
    const action = canonicalAction(step.action);
    const state = ruled.own === null ? "planned" : "own";
    return { id: step.id, action, digest: digestOf(action), tier: ruled.tier, state, why: null, outcome: null };
  });
}

export function rulingOfStep({ steps = [] }: Pick<Ruling, "steps">, id: string): StepRuling {
  const found = steps.find((one) => one.id === id);
  if (found === undefined) throw new Error(`the policy was never asked about the step ${id}`);
  return found;
}

/** After people have changed a plan: what went keeps its row, with the reason; what stays has the parameters it has now. */
export function amendedSteps(
  before: readonly Step[],
  plan: Plan,
  rejected: readonly { id: string; reason: string | null }[],
  ruling: Pick<Ruling, "steps">,
): Step[] {
  const now = new Map(stepsOf(plan, ruling).map((step) => [step.id, step]));
  return before.map((step) => {
    const gone = rejected.find((one) => one.id === step.id);
    if (gone !== undefined) return { ...step, state: "rejected", why: gone.reason };
    return now.get(step.id) ?? step;
  });
}

type Planned = Pick<Escalation, "steps">;

export const rejectedSteps = ({ steps }: Planned): { id: string; reason: string | null }[] =>
  steps.filter(({ state }) => state === "rejected").map(({ id, why }) => ({ id, reason: why }));

/** What the plan's approval lets the agent run: neither what was taken out nor what asks for itself. */
export const coveredSteps = ({ steps }: Planned): Step[] => steps.filter(({ state }) => state !== "rejected" && state !== "own");

export const unreportedSteps = (escalation: Planned): Step[] =>
  coveredSteps(escalation).filter(({ outcome }) => outcome === null);

/**
 * The right to run one step, which follows from that to run the plan: a token and a key of its own, for as long as the plan's
 * lasts. So nothing has to be kept of it, and no step can be reported by the token of another.
 */
export function executionOfStep(execution: Execution, id: string): Execution {
  return {
    ...execution,
    token: `ext_${hmacSha256(Buffer.from(execution.token), Buffer.from(`step ${id}`), "base64url")}`,
    idempotencyKey: `${execution.idempotencyKey}:${id}`,
  };
}

/** How far a step is, for people and agents. `running`: it is the next one that was not reported. */
export const STEP_PROGRESS = [
  ...STEP_STATES.filter((state) => state !== "planned"),
  "waiting",
  "allowed",
  "running",
  "not_run",
] as const;
export type StepProgress = (typeof STEP_PROGRESS)[number];

export function progressOf(
  escalation: Planned & Pick<Escalation, "state" | "endedAt" | "execution" | "decision">,
  step: Step,
): StepProgress {
  if (step.state !== "planned") return step.state;
  if (escalation.endedAt !== null) return "not_run";
  if (escalation.state === "paused_pending_human") return "waiting";
  if (escalation.decision?.type === "reject") return "rejected";
  const isNext = unreportedSteps(escalation)[0]?.id === step.id;
  return isNext && escalation.execution !== null ? "running" : "allowed";
}

const ENDS = { completed: "completed", failed: "failed", skipped: "skipped", rolled_back: "rolled_back" } as const;

/** The rows after a report of one of them. */
export const reportedStep = (
  steps: readonly Step[],
  id: string,
  outcome: NonNullable<Step["outcome"]>,
  differs: boolean,
): Step[] =>
  steps.map((step) => (step.id === id ? { ...step, outcome, state: differs ? "differs" : ENDS[outcome.status] } : step));

/** Why an action may not be asked for as this step of a plan; `plan`: null where the agent has none of that name. */
export function refuseAsStep(plan: Escalation | null, { plan_step: named, action }: ActionRequest): Refusal | null {
  if (named === undefined) return null;
  const because = (detail: string) => refuse("invalid_request", detail, [{ field: "/plan_step", detail }]);
  const step = plan?.steps.find(({ id }) => id === named.id);
  if (plan === null || step === undefined) return because(say.refusedCalls.planStepUnknown);
  if (step.state !== "own") return because(say.refusedCalls.planStepNotOwn);
  const isApproved = MAY_ASK.includes(plan.state) && (plan.endedReason === null || plan.endedReason === "executed");
  if (!isApproved || plan.decision?.type === "reject") return because(say.refusedCalls.planNotApproved);
  return digestOf(canonicalAction(action)) === step.digest ? null : because(say.refusedCalls.planStepDiffers);
}

const MAY_ASK: readonly Escalation["state"][] = ["running", "human_responded", "resuming", "completed"];
