import { authoriseMember, authoriseVoter, mayDecide, unfillableSeat } from "../people/authority.ts";
import { resolve } from "../people/seats.ts";
import { unionRuling } from "../policy/union.ts";
import { type CanonicalAction, digestOf } from "../shapes/canonical.ts";
import type { HumanCommand, Surroundings } from "../shapes/commands.ts";
import type { Decision, Escalation, Vote } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import { alreadyDecided, isRefusal, type Refusal, refuse, seatWords } from "../shapes/refusal.ts";
import { allowsFreeText, optionsOf, paramsOf } from "../shapes/request.ts";
import type { Ruling } from "../shapes/ruling.ts";
import { decisionOf } from "./decision.ts";
import { diffParams, readParams, stepsFrom, withParams } from "./modification.ts";
import { takenOver } from "./pace.ts";

/** What people may do while an escalation waits for them. Every refusal says why and who can. */
type Result = Event[] | Refusal;
type Of<T extends HumanCommand["type"]> = Extract<HumanCommand, { type: T }>;

/** Common to every act of a person: it still waits, this very version is meant, and the deadline has not passed. */
export function refuseUnlessOpen(escalation: Escalation, command: HumanCommand, now: Date): Refusal | null {
  if (escalation.state !== "paused_pending_human") return alreadyDecided(escalation);
  if (escalation.deadline !== null && now >= escalation.deadline) {
    return refuse(
      "deadline_passed",
      "The deadline has passed, so this can't be decided any more. The policy's fallback applies.",
    );
  }
  if (command.seen.version !== escalation.version) {
    return refuse(
      "stale_version",
      "This has changed since you opened it, so nothing was decided. Please look at the current card.",
    );
  }
  return null;
}

export function voteOf(command: HumanCommand, verdict: Vote["verdict"], now: Date, version: number): Vote {
  return {
    userId: command.by.userId,
    teamId: command.by.teamId,
    verdict,
    at: now,
    reasonCode: command.type === "reject" ? command.reasonCode : null,
    reason: "reason" in command ? command.reason : null,
    version,
    seen: command.seen.digest,
  };
}

/** The final answer made of these votes. */
function byPeople(
  escalation: Escalation,
  type: Decision["type"],
  votes: Vote[],
  now: Date,
  more: Partial<Pick<Decision, "answer" | "result">> = {},
): Decision {
  return decisionOf(escalation, { type, source: "human", votes, now, ...more });
}

function decided(escalation: Escalation, decision: Decision, now: Date): Event {
  return { type: "decided", decision, dueAt: new Date(now.getTime() + escalation.ruling.resumeWithinS * 1000) };
}

/** A consenting vote, and the decision if it was the last one needed. */
function consent(
  escalation: Escalation,
  vote: Vote,
  around: Surroundings,
  more: Partial<Pick<Decision, "answer" | "result">> = {},
): Event[] {
  const votes = [...escalation.votes, vote];
  const members = mayDecide(around.directory, escalation).map((reviewer) => reviewer.userId);
  const resolution = resolve(escalation.ruling.requirement, votes, around.directory, members);
  if (resolution.resolved !== "approved") return [];
  const type = vote.verdict === "answer" ? "answer" : "approve";
  // Whoever lost their place meanwhile has no part in it.
  return [decided(escalation, byPeople(escalation, type, resolution.votes, around.now, more), around.now)];
}

/** Whether this person's consent would fill a seat that is still empty. */
function refuseSecondVote(escalation: Escalation, command: HumanCommand, around: Surroundings): Refusal | null {
  if (escalation.votes.some((vote) => vote.userId === command.by.userId)) {
    return refuse("already_voted", "Your approval already counts. Someone else has to give the next one.");
  }
  const members = mayDecide(around.directory, escalation).map((reviewer) => reviewer.userId);
  const before = resolve(escalation.ruling.requirement, escalation.votes, around.directory, members);
  const trial = voteOf(command, "approve", around.now, escalation.version);
  const after = resolve(escalation.ruling.requirement, [...escalation.votes, trial], around.directory, members);
  if (before.resolved === "open" && after.resolved === "open") {
    const missing = (list: typeof before.missing) => list.reduce((sum, seat) => sum + seat.count, 0);
    if (missing(after.missing) === missing(before.missing)) {
      return refuse("seat_filled", `Your place is already filled; still needed: ${seatWords(before.missing)}.`);
    }
  }
  return null;
}

export function approve(escalation: Escalation, command: Of<"approve">, around: Surroundings): Result {
  if (escalation.kind !== "action" || escalation.ruling.tier === "hard_stop") {
    return refuse("not_for_this_kind", "This can't be approved: it needs an answer or a person who does it.");
  }
  const voter = authoriseVoter(around.directory, escalation, command.by);
  if (isRefusal(voter)) return voter;
  if (!command.seen.complete) {
    return refuse(
      "cannot_show",
      "The card couldn't show this action in full, so it can't be approved there. Use “Review in full…” to see all of it first.",
    );
  }
  const second = refuseSecondVote(escalation, command, around);
  if (second !== null) return second;
  const vote = voteOf(command, "approve", around.now, escalation.version);
  return [{ type: "voted", vote }, ...consent(escalation, vote, around)];
}

export function reject(escalation: Escalation, command: Of<"reject">, around: Surroundings): Result {
  const voter = authoriseVoter(around.directory, escalation, command.by);
  if (isRefusal(voter)) return voter;
  if (command.reasonCode === "other" && (command.reason ?? "").trim() === "") {
    return refuse("invalid_fields", "Please say why.", [
      { field: "reason", detail: "“Something else” needs a few words, so that the agent can do better." },
    ]);
  }
  const vote = voteOf(command, "reject", around.now, escalation.version);
  const decision = byPeople(escalation, "reject", [...escalation.votes, vote], around.now);
  return [{ type: "voted", vote }, decided(escalation, decision, around.now)];
}

export function modify(escalation: Escalation, command: Of<"modify">, around: Surroundings): Result {
  const schema = escalation.request.kind === "action" ? escalation.request.action.params_schema : undefined;
  if (escalation.request.kind !== "action" || schema === undefined || escalation.ruling.tier === "hard_stop") {
    return refuse(
      "not_modifiable",
      "This can't be changed here: the agent gave no form for its parameters. Reject it and say what you need.",
    );
  }
  const voter = authoriseVoter(around.directory, escalation, command.by);
  if (isRefusal(voter)) return voter;
  if (!command.seen.complete)
    return refuse(
      "cannot_show",
      "You have not seen this action in full, so you can't approve a change of it. Open it again from its card.",
    );
  const subject = escalation.subject as CanonicalAction;
  const read = readParams(schema, paramsOf(subject), command.params);
  if ("errors" in read) return refuse("invalid_fields", "Some values can't be used.", read.errors);
  if (diffParams(paramsOf(subject), read.params).length === 0) {
    return refuse(
      "nothing_changed",
      "Nothing is different, so there is nothing to change. Change a value, or approve it as it is.",
    );
  }
  const submitted = escalation.request.action;
  const changed = withParams(submitted.params, subject, read.params);
  const ruling = withFormerValues(escalation.ruling, unionRuling(escalation.ruling, around.judgeAgain(changed)));
  if (ruling.tier === "hard_stop") {
    return refuse(
      "modification_forbidden",
      `With these values the policy forbids the agent to do it at all: ${ruling.reasons[0]?.detail ?? "hard stop"}.`,
    );
  }
  const version = escalation.version + 1;
  const vote = voteOf(command, "modify", around.now, version);
  const actionDigest = digestOf(changed);
  const steps = stepsFrom(submitted, read.params);
  const after: Escalation = {
    ...escalation,
    subject: changed,
    actionDigest,
    modification: steps,
    modifiedBy: command.by.userId,
    ruling,
    version,
    votes: [],
  };
  const stuck = unfillableSeat(around.directory, after);
  if (stuck !== null) {
    return refuse(
      "modification_unanswerable",
      `With these values the policy also asks for ${stuck}, and nobody in the ${ruling.queue} queue can be that. Reject it and say what you would approve, so that the agent asks the right people.`,
    );
  }
  return [
    { type: "modified", by: command.by.userId, subject: changed, actionDigest, steps, ruling, vote },
    ...consent(after, vote, around),
  ];
}

/** What the agent asked for stays beside what a person made of it, in the same words. */
function withFormerValues(before: Ruling, after: Ruling): Ruling {
  const fields = after.presentation.fields.map((field) => {
    const former = before.presentation.fields.find((one) => one.name === field.name && one.label === field.label);
    const was = former?.was ?? former?.value;
    return was === undefined || was === field.value ? field : { ...field, was };
  });
  return { ...after, presentation: { ...after.presentation, fields } };
}

export function answer(escalation: Escalation, command: Of<"answer">, around: Surroundings): Result {
  if (escalation.request.kind !== "question") return refuse("not_for_this_kind", "This asks for a decision, not for an answer.");
  const voter = authoriseVoter(around.directory, escalation, command.by);
  if (isRefusal(voter)) return voter;
  const question = escalation.request.question;
  const text = command.text?.trim() ? command.text.trim() : null;
  if (command.option !== null && !optionsOf(question).some((option) => option.id === command.option)) {
    return refuse("invalid_fields", "That option is not offered.", [
      { field: "answer_option", detail: "Choose one of the options shown." },
    ]);
  }
  if (command.option === null && (text === null || !allowsFreeText(question))) {
    const field = optionsOf(question).length > 0 ? "answer_option" : "answer_text";
    return refuse("invalid_fields", "An answer is needed.", [
      { field, detail: optionsOf(question).length > 0 ? "Choose an option." : "Write an answer." },
    ]);
  }
  const second = refuseSecondVote(escalation, command, around);
  if (second !== null) return second;
  const vote = voteOf(command, "answer", around.now, escalation.version);
  return [{ type: "voted", vote }, ...consent(escalation, vote, around, { answer: { option: command.option, text } })];
}

export function ask(escalation: Escalation, command: Of<"ask">, around: Surroundings): Result {
  const member = authoriseMember(around.directory, escalation.ruling.queue, command.by);
  if (isRefusal(member)) return member;
  if (escalation.messages.length >= 100)
    return refuse("invalid_fields", "This has 100 messages already; please decide, or reject it.");
  if (command.text.trim() === "")
    return refuse("invalid_fields", "Please write a question.", [{ field: "reason", detail: "Write what you want to know." }]);
  return [{ type: "asked", message: { from: "reviewer", userId: command.by.userId, text: command.text.trim(), at: around.now } }];
}

export function takeOver(escalation: Escalation, command: Of<"take_over">, around: Surroundings): Result {
  if (escalation.ruling.tier !== "hard_stop")
    return refuse("not_for_this_kind", "Only a stopped task can be taken over; decide this one instead.");
  const voter = authoriseVoter(around.directory, escalation, command.by);
  if (isRefusal(voter)) return voter;
  if (escalation.takenOverBy !== null) return takenOver(escalation.takenOverBy);
  return [{ type: "taken_over", by: command.by.userId }];
}

function refuseUnlessTaken(escalation: Escalation, userId: string): Refusal | null {
  if (escalation.takenOverBy === userId) return null;
  const who =
    escalation.takenOverBy === null ? "Nobody has taken this over yet." : `<@${escalation.takenOverBy}> has taken this over.`;
  return refuse("not_taken_over", `${who} Only that person can finish it or hand it back.`);
}

export function finish(escalation: Escalation, command: Of<"finish">, around: Surroundings): Result {
  const voter = authoriseVoter(around.directory, escalation, command.by);
  if (isRefusal(voter)) return voter;
  const refusal = refuseUnlessTaken(escalation, command.by.userId);
  if (refusal !== null) return refusal;
  const result = command.result.trim();
  if (result === "")
    return refuse("invalid_fields", "Please say what you did.", [
      { field: "result", detail: "The agent gets these words as the result." },
    ]);
  const vote = voteOf(command, "take_over", around.now, escalation.version);
  return [
    { type: "voted", vote },
    decided(escalation, byPeople(escalation, "take_over", [...escalation.votes, vote], around.now, { result }), around.now),
  ];
}

export function handBack(escalation: Escalation, command: Of<"hand_back">, around: Surroundings): Result {
  const member = authoriseMember(around.directory, escalation.ruling.queue, command.by);
  if (isRefusal(member)) return member;
  return refuseUnlessTaken(escalation, command.by.userId) ?? [{ type: "handed_back", by: command.by.userId }];
}
