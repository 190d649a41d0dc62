import { z } from "zod";
import { canonicalJson } from "../domain/shapes/canonical.ts";
import { type Escalation, Step } from "../domain/shapes/escalation.ts";
import { digestBytes, digestText } from "./digest.ts";
import { seal, unseal } from "./sealed.ts";
import { WORKSPACE } from "./workspace.ts";

/**
 * The steps of plans, a row each, written by the statement that writes their plan. What is private (what exactly a step does, why
 * it was taken out, what was reported) is sealed as everywhere else. Whatever is no plan has none, and neither asks for them nor
 * brings any along.
 */

/** Of the moving row `m` and of what was opened `o`: the steps in one value, read with their plan. */
export const STEPS_COLUMN = `CASE WHEN o.kind = 'plan' THEN (
    SELECT json_agg(json_build_object('id', s.step, 'tier', s.tier, 'state', s.state,
      'digest', ${digestText("s.digest")}, 'content', encode(s.content, 'hex')) ORDER BY s.place)
    FROM plan_step s WHERE s.workspace = ${WORKSPACE} AND s.escalation_id = m.id) END AS steps`;

export const StepRows = z
  .array(Step.pick({ id: true, tier: true, state: true, digest: true }).extend({ content: z.string() }))
  .nullable();

export const readSteps = (key: string, rows: z.infer<typeof StepRows>): Step[] =>
  (rows ?? []).map(({ content, ...row }) => Step.parse({ ...row, ...JSON.parse(unseal(key, Buffer.from(content, "hex"))) }));

/** The rows that a write makes or changes. */
export function stepRows({ before, after }: { before: Escalation | null; after: Escalation }): object[] {
  if (after.steps === before?.steps) return [];
  return after.steps.flatMap((step, place) => {
    if (before?.steps[place] === step) return [];
    const { action, why, outcome } = step;
    const content = seal(after.auditKey, canonicalJson({ action, why, outcome }), "anything").toString("hex");
    const { id: name, tier, state, digest } = step;
    return [{ id: after.id, place, step: name, tier, state, digest: digestBytes(digest), content: `\\x${content}` }];
  });
}

/** Hangs on what is written, as everything else of it. */
export const stepsText = (parameter: number): string => `,
stepped AS (
  INSERT INTO plan_step AS p (workspace, escalation_id, place, step, tier, state, digest, content)
  SELECT ${WORKSPACE}, x.id, x.place, x.step, x.tier, x.state, x.digest, x.content
  FROM jsonb_to_recordset($${parameter}::jsonb) AS x(
    id text, place int, step text, tier tier, state step_state, digest bytea, content bytea) JOIN written USING (id)
  ON CONFLICT (workspace, escalation_id, place) DO UPDATE
    SET tier = excluded.tier, state = excluded.state, digest = excluded.digest, content = excluded.content)`;
