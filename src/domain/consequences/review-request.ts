import { say } from "../../words/en.ts";
import { clip } from "../base/inert.ts";
import type { Escalation } from "../shapes/escalation.ts";
import type { EscalationRequest } from "../shapes/request.ts";

/**
 * What people are asked about an act after the fact, as a question of its own: an ended escalation never reopens. `did_it_run`:
 * its agent never said; `was_it_right`: somebody finds fault with what ran without being asked about; `sampled`: that was drawn
 * at random.
 */
export type Reviewed = "did_it_run" | "was_it_right" | "sampled";

export function reviewRequest(escalation: Escalation, about: Reviewed): EscalationRequest {
  const { request } = escalation;
  return {
    schema_version: "1",
    kind: "question",
    ...(about === "did_it_run" ? didItRun(escalation) : wasItRight(escalation, about === "sampled")),
    signals: { flags: [] },
    preconditions: [],
    classification: request.classification,
    labels: {},
    // Whoever asked for the act says no more about it here than about the act itself.
    ...(request.requested_by === undefined ? {} : { requested_by: request.requested_by }),
    ...(request.on_behalf_of === undefined ? {} : { on_behalf_of: request.on_behalf_of }),
    // What an agent can ask of its session tells it nothing of what is looked at by chance.
    ...(request.session_id === undefined || about === "sampled" ? {} : { session_id: request.session_id }),
  };
}

type Asked = Pick<Extract<EscalationRequest, { kind: "question" }>, "question" | "brief">;

function didItRun(escalation: Escalation): Asked {
  const { id, agentName, ruling, restored } = escalation;
  if (escalation.acted !== null) return wasItUndone(escalation);
  const [text, why] =
    restored === null
      ? [say.review.didItRun, say.review.noOutcome]
      : [say.review.didItRunBeforeRestore, say.review.lostInRestore];
  return {
    question: {
      text: text(ruling.presentation.title, agentName),
      options: [
        { id: "ran", label: say.review.ran },
        { id: "did_not_run", label: say.review.didNotRun },
      ],
      allow_free_text: true,
    },
    brief: {
      decision_required: say.review.lookAndSay,
      trigger: { kind: "tool_failure", detail: why(id) },
      accomplished: [],
      evidence: [],
    },
  };
}

/** What was to be undone, and nobody knows whether it is. */
const wasItUndone = ({ id, agentName, ruling }: Escalation): Asked => ({
  question: {
    text: say.review.wasItUndone(ruling.presentation.title, agentName),
    options: [
      { id: "undone", label: say.review.undone },
      { id: "not_undone", label: say.review.notUndone },
    ],
    allow_free_text: true,
  },
  brief: {
    decision_required: say.review.lookWhetherUndone,
    trigger: { kind: "tool_failure", detail: say.review.noOutcome(id) },
    accomplished: [],
    evidence: [],
  },
});

const LINES_MAX = 10;
const LINE_CHARS = 300;

function wasItRight({ agentName, ruling, request, flag, outcome }: Escalation, isDrawn: boolean): Asked {
  const { title, fields } = ruling.presentation;
  const who = flag?.machine ?? say.review.aReviewer;
  const done = [
    ...fields.map(({ label, value }) => `${label}: ${value}`),
    ...(outcome === null ? [] : [say.review.reported(outcome.status, outcome.detail)]),
  ];
  return {
    question: {
      text: say.review.wasItRight(title, agentName),
      options: [
        { id: "right", label: say.review.right },
        { id: "wrong", label: say.review.wrong },
        { id: "should_have_been_asked", label: say.review.shouldHaveBeenAsked },
      ],
      allow_free_text: true,
    },
    brief: {
      ...(request.brief.request === undefined ? {} : { request: request.brief.request }),
      decision_required: say.review.sayWhy,
      trigger: {
        kind: "requested",
        detail: clip(isDrawn ? say.review.drawn : say.review.flaggedWith(who, flag?.text ?? ""), LINE_CHARS),
      },
      accomplished: done.slice(0, LINES_MAX).map((one) => clip(one, LINE_CHARS)),
      // Its pictures stand with the card of the act itself.
      evidence: request.brief.evidence.map(({ media: _there, ...one }) => one),
    },
  };
}
