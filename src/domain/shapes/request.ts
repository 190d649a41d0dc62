import { z } from "zod";
import { say } from "../../words/en.ts";
import { ALL_MEDIA_BYTES_MAX, type Media, SubmittedMedia } from "./media.ts";
import { CLASSIFICATIONS, TAINTS, TRIGGERS } from "./vocabulary.ts";

/**
 * What an agent submits (`POST /v1/escalations`, `POST /v1/policy/evaluate`): the published shapes, checked strictly.
 * Sizes count UTF-16 code units where the contract says characters, and bytes of compact JSON where it says KiB.
 */

export const jsonBytesMax = (bytesMax: number) => (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? "") <= bytesMax;
/**
 * JSON of any shape. It was read as JSON already: to walk through a hundred thousand parts of it once more would hold up
 * everybody else.
 */
export const anyJson: z.ZodType<z.core.util.JSONType> = z.unknown() as never;
const JsonObject = z.record(z.string(), anyJson);

export const ACTION_TYPE_PATTERN = /^[a-z0-9_]+(\.[a-z0-9_]+)*$/;
const actionType = z.string().max(100).regex(ACTION_TYPE_PATTERN, "use dotted lower case, such as payments.refund");
const isoTime = z.iso.datetime({ offset: true, error: "use an ISO 8601 time with a zone, such as 2026-11-20T18:00:00Z" });
/** Kept as it was sent, blanks around it included: digests are over what the agent has, not over what we would make of it. */
const line = (max: number) => z.string().max(max).regex(/\S/, "may not be blank");
const slackUser = z.string().regex(/^[UW][A-Z0-9]{2,20}$/, "use a Slack user id, such as U0123456");

const primitive = z.union([z.string().max(1000), z.number(), z.boolean()]);
/** Of a parameter: what a card, a form and a change have to show in full. */
const NAME_MAX = 100;

/** One property of `params_schema`: a primitive with the keywords the Modify form understands. */
export const ParamSchema = z.strictObject({
  type: z.enum(["string", "number", "integer", "boolean"]),
  title: z.string().max(75).optional(),
  description: z.string().max(300).optional(),
  enum: z.array(primitive).min(1).max(100).optional(),
  default: primitive.optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.int().min(0).optional(),
  maxLength: z.int().min(0).optional(),
  format: z.enum(["date", "date-time", "email"]).optional(),
});
export type ParamSchema = z.infer<typeof ParamSchema>;

export const ParamsSchema = z.strictObject({
  type: z.literal("object").optional(),
  title: z.string().max(75).optional(),
  description: z.string().max(300).optional(),
  properties: z.record(z.string().min(1).max(NAME_MAX), ParamSchema),
  required: z.array(z.string().max(NAME_MAX)).max(100).optional(),
});
export type ParamsSchema = z.infer<typeof ParamsSchema>;

export const SubmittedAction = z.strictObject({
  type: actionType,
  title: line(140),
  params: JsonObject.refine(jsonBytesMax(16 * 1024), "params may take at most 16 KiB of JSON")
    .refine(
      (params) => Object.keys(params).every((name) => name.length <= NAME_MAX),
      `names may have at most ${NAME_MAX} characters`,
    )
    .optional(),
  params_schema: ParamsSchema.optional(),
  environment: line(60).optional(),
  target: line(200).optional(),
  reversible: z.boolean().optional(),
});
export type SubmittedAction = z.infer<typeof SubmittedAction>;
export type Params = NonNullable<SubmittedAction["params"]>;
/** What an action or a question leaves out is not filled in, because its digest is over what was submitted; it means this. */
export const paramsOf = (action: Pick<SubmittedAction, "params">): Params => action.params ?? {};
/**
 * What may not be named where everybody who listens could read it: in a channel, in a notification, outside Slack (guarded.ts has
 * what may be said).
 */
export const isGuarded = ({ classification }: Pick<EscalationRequest, "classification">): boolean =>
  classification === "confidential" || classification === "restricted";
/** As the policy knows it: blanks around it make no other target. */
export const targetOf = (action: Pick<SubmittedAction, "target">): string | undefined => action.target?.trim();
export const optionsOf = (question: Pick<Question, "options">): NonNullable<Question["options"]> => question.options ?? [];
export const allowsFreeText = (question: Pick<Question, "allow_free_text">): boolean => question.allow_free_text ?? true;

export const Question = z
  .strictObject({
    text: line(2000),
    options: z
      .array(z.strictObject({ id: line(60), label: line(75) }))
      .max(20)
      .refine((options) => new Set(options.map((o) => o.id)).size === options.length, "option ids must differ")
      .optional(),
    allow_free_text: z.boolean().optional(),
  })
  .refine(
    ({ options = [], allow_free_text = true }) => options.length > 0 || allow_free_text,
    "give at least one option or allow free text",
  );
export type Question = z.infer<typeof Question>;

/** Of an artifact, before and after people edit it. */
export const ARTIFACT_CHARS_MAX = 12_000;
/** A text that the agent wrote and that goes out as people leave it. */
export const Artifact = z.strictObject({
  media_type: z
    .string()
    .max(100)
    .regex(/^[a-z]+\/[a-z0-9.+-]+$/, "use a media type such as text/markdown"),
  content: line(ARTIFACT_CHARS_MAX),
});
export type Artifact = z.infer<typeof Artifact>;

/** What one person can read through in a row; an agent with more to do asks for the next part afterwards. */
export const STEPS_MAX = 20;
/** How a step is named in addresses, in forms and to whatever has its effect. */
const stepId = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/, "use up to 40 letters, digits, - and _");
/** Its title stands beside the action. */
export const PlanStep = z.strictObject({ id: stepId, title: line(140), action: SubmittedAction.omit({ title: true }) });
export type PlanStep = z.infer<typeof PlanStep>;
/** Several actions in a row, decided together. */
export const Plan = z.strictObject({
  steps: z
    .array(PlanStep)
    .min(1)
    .max(STEPS_MAX)
    .refine((steps) => new Set(steps.map(({ id }) => id)).size === steps.length, "step ids must differ"),
});
export type Plan = z.infer<typeof Plan>;

const DIFF_CHARS_MAX = 8000;
export const Evidence = z.strictObject({
  title: line(150),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional(),
  excerpt: z.string().max(2000).optional(),
  diff: z.strictObject({ before: z.string().max(DIFF_CHARS_MAX), after: z.string().max(DIFF_CHARS_MAX) }).optional(),
  observed_at: isoTime.optional(),
  media: SubmittedMedia.optional(),
});

export const Brief = z.strictObject({
  request: z.string().max(3000).optional(),
  accomplished: z.array(line(300)).max(10).default([]),
  decision_required: line(300),
  trigger: z.strictObject({ kind: z.enum(TRIGGERS), detail: z.string().max(300).optional() }),
  evidence: z
    .array(Evidence)
    .max(20)
    .refine(
      (all) => all.reduce((sum, { media }) => sum + (media?.bytes ?? 0), 0) <= ALL_MEDIA_BYTES_MAX,
      say.refusedCalls.media.allTooLarge(ALL_MEDIA_BYTES_MAX / 1024),
    )
    .default([]),
  recommendation: z.strictObject({ decision: line(60), rationale: z.string().max(600).optional() }).optional(),
  on_approve: z.string().max(300).optional(),
  on_reject: z.string().max(300).optional(),
  on_modify: z.string().max(300).optional(),
  undo: z.string().max(300).optional(),
});
export type Brief = z.infer<typeof Brief>;

const signal = z.number().min(0).max(1);
export const Signals = z.strictObject({
  confidence: signal.optional(),
  risk: signal.optional(),
  ood: signal.optional(),
  flags: z.array(z.string().min(1).max(60)).max(30).default([]),
});
export type Signals = z.infer<typeof Signals>;

export const Precondition = z.strictObject({ name: line(100), value: z.string().max(500) });
export type Precondition = z.infer<typeof Precondition>;
/** Whatever the one process that runs it calls itself: the same claim gets the same answer, another one is refused. */
export const claimId = z.string().min(1).max(255);
export const Preconditions = z
  .array(Precondition)
  .max(20)
  .refine((list) => new Set(list.map((p) => p.name)).size === list.length, "precondition names must differ");

/** How many names each may hold. A form shows fewer, and to check each of them takes longer than to read them. */
const NAMES_MAX = [
  ["labels", 50],
  ["action/params", 1000],
  ["action/params_schema/properties", 200],
  ...Array.from({ length: STEPS_MAX }, (_none, i) => [`plan/steps/${i}/action/params`, 1000] as const),
  ...Array.from({ length: STEPS_MAX }, (_none, i) => [`plan/steps/${i}/action/params_schema/properties`, 200] as const),
] as const;

/** What of a body that nobody has looked at yet holds far too much to look at: where, and how much it may be. */
export function crowdIn(body: unknown): { pointer: string; detail: string } | null {
  for (const [path, max] of NAMES_MAX) {
    const part = path.split("/").reduce<unknown>((at, name) => memberOf(at, name), body);
    if (typeof part === "object" && part !== null && Object.keys(part).length > max)
      return { pointer: `/${path}`, detail: say.refusedCalls.fields.namesMax(max) };
  }
  return null;
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? value[name as never] : undefined;

/** What the session has read that makes its later steps less trustworthy; it sticks to the session. */
const Taint = z.strictObject({ kind: z.enum(TAINTS), source: line(100) });
export const Taints = z.array(Taint).min(1).max(10);
/** For whom a sub-agent acts. */
const Parent = z.strictObject({
  agent: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,59}$/, "use the name of an agent"),
  session_id: line(200).optional(),
  escalation_id: z.string().min(1).max(100).optional(),
});

const shared = {
  schema_version: z.literal("1"),
  brief: Brief,
  signals: Signals.default({ flags: [] }),
  session_id: line(200).optional(),
  step_id: line(200).optional(),
  requested_by: slackUser.optional(),
  parent: Parent.optional(),
  on_behalf_of: slackUser.optional(),
  taints: Taints.optional(),
  latency_tolerance_s: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .optional(),
  preconditions: Preconditions.default([]),
  valid_until: isoTime.optional(),
  checkpoint: anyJson.refine(jsonBytesMax(256 * 1024), "the checkpoint may take at most 256 KiB of JSON").optional(),
  callback: z.strictObject({ url: z.string().max(2000) }).optional(),
  provenance: z
    .strictObject({
      source: z.string().max(200).optional(),
      produced_at: isoTime.optional(),
      transformations: z.array(z.string().max(300)).max(20).optional(),
    })
    .optional(),
  classification: z.enum(CLASSIFICATIONS).default("internal"),
  labels: z.record(z.string().min(1).max(60), z.string().max(200)).default({}),
  claim_id: claimId.optional(),
};

export const ActionRequest = z.strictObject({
  ...shared,
  kind: z.literal("action"),
  action: SubmittedAction,
  /** The step of an approved plan that this asks for, because the plan's approval does not cover it. */
  plan_step: z.strictObject({ escalation_id: z.string().regex(/^esc_[0-9A-Za-z]{1,60}$/), id: stepId }).optional(),
});
export type ActionRequest = z.infer<typeof ActionRequest>;
/** `action`: the plan as a whole, as the policy knows it. */
export const PlanRequest = z.strictObject({ ...shared, kind: z.literal("plan"), action: SubmittedAction, plan: Plan });
export type PlanRequest = z.infer<typeof PlanRequest>;
export const QuestionRequest = z.strictObject({ ...shared, kind: z.literal("question"), question: Question });
export const ArtifactRequest = z.strictObject({ ...shared, kind: z.literal("artifact"), artifact: Artifact });

/** A submitted escalation request, parsed and with defaults filled in. */
export const EscalationRequest = z.discriminatedUnion("kind", [ActionRequest, QuestionRequest, ArtifactRequest, PlanRequest]);
export type EscalationRequest = z.infer<typeof EscalationRequest>;

/** The action as it was submitted; null where something else is asked for. */
export const submittedAction = (request: EscalationRequest): SubmittedAction | null =>
  "action" in request ? request.action : null;

/** The plan as it was submitted; null where something else is asked for. */
export const submittedPlan = (request: EscalationRequest): Plan | null => ("plan" in request ? request.plan : null);

/** The question that is asked; null where something else is. */
export const submittedQuestion = (request: EscalationRequest): Question | null =>
  "question" in request ? request.question : null;

/** Pictures and files that stand as evidence. */
export const mediaOf = ({ brief }: Pick<EscalationRequest, "brief">): { title: string; media: Media }[] =>
  brief.evidence.flatMap(({ title, media }) => (media === undefined ? [] : [{ title, media }]));

/** The same without the bytes, which are kept apart: nobody who decides, draws or lists has to carry them. */
export function withoutBytes<T extends Pick<EscalationRequest, "brief">>(request: T): T {
  if (mediaOf(request).length === 0) return request;
  const evidence = request.brief.evidence.map(({ media, ...one }) => {
    if (media === undefined) return one;
    const { data: _bytes, ...rest } = media;
    return { ...one, media: rest };
  });
  return { ...request, brief: { ...request.brief, evidence } };
}
