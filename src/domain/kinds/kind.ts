/** What differs by the kind of what is asked, one row each. */
export type KindRow = {
  /** The act by which people say yes to it. */
  consent: "approve" | "answer";
  /** The act by which they say yes to something else than was asked, which is what they have decided then; null = none. */
  change: "modify" | "edit" | null;
  /** Some tiers let it run before anybody has answered. */
  mayRun: boolean;
  /** A yes leaves the agent something to execute. */
  isExecutable: boolean;
  /** What the deadline's fallback may make of it. */
  silenceMayApprove: boolean;
  /** What the agent learns where the fallback is a reject. */
  unanswered: "rejected" | "told";
  /** It has an impact that people weigh. */
  hasStakes: boolean;
  /** Several of it can be answered in one form. */
  isBatched: boolean;
  /** It ends when each of its parts was reported, and is not reported as a whole. */
  isReportedInSteps: boolean;
};
