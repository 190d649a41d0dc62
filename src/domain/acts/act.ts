import type { Directory } from "../people/directory.ts";
import type { HumanCommand, Surroundings } from "../shapes/commands.ts";
import type { Escalation } from "../shapes/escalation.ts";
import type { Event } from "../shapes/events.ts";
import type { Refusal } from "../shapes/refusal.ts";

/** What a person may do about an escalation, mostly while it waits. One file each; `acts/all.ts` has them all. */
export type ActType = HumanCommand["type"];
export type Of<T extends ActType> = Extract<HumanCommand, { type: T }>;

export type Act<T extends ActType> = {
  /** Members of the queue may look and ask; voters may decide. */
  by: "member" | "voter";
  /** What has to be opened first: nothing, a form always, or a form where the card did not show everything. */
  opens: "nothing" | "form" | "form_unless_shown";
  /** What it can be done to, where that is not what waits for people in the version that is meant. */
  isAbout?(escalation: Escalation): boolean;
  /**
   * Why nobody can do it as things are; null = it can be done. Asked before its button is drawn, before its form opens, and when
   * it is decided.
   */
  refuse(escalation: Escalation): Refusal | null;
  /** Why this person in particular can't. */
  refusePerson?(escalation: Escalation, userId: string, directory: Directory): Refusal | null;
  /** Whether this very form has done it already. */
  isRepeated?(escalation: Escalation, submission: string): boolean;
  decide(escalation: Escalation, command: Of<T>, around: Surroundings): Event[] | Refusal;
};
