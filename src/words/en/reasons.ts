/** Why the policy asks, where the reason is of its own making and not written in a rule; and why people say no. */
export const reasons = {
  question: "the agent asks a question",
  artifact: {
    autonomous: "texts may be used without anybody reading them first",
    notify: "texts are used at once and shown to people",
    hard_approval: "a person reads every text before it is used",
  },
  /** Of a plan: which step says it, and why one asks for itself. */
  step: (place: number, why: string): string => `step ${place}: ${why}`,
  ownStep: "the approval of its plan does not cover it",
  ownByPerson: "it is for people to do, so it asks for itself",
  ownByPolicy: "the policy wants it asked for by itself",
  ownByRisk: (sum: number, most: number): string =>
    `the risk of the steps adds up to ${sum} with it, and one approval covers ${most}: it asks for itself`,
  unknownType: (type: string): string => `the policy has no entry for ${type}, so its strictest rule applies`,
  sure: (percent: string, needed: string): string => `the agent is ${percent} % sure, ${needed} % needed`,
  sureUnsaid: (needed: string): string => `the agent does not say how sure it is, ${needed} % needed`,
  amountMissing: (name: string): string => `${name} is missing, so every ${name} rule counts`,
  amountNoNumber: (name: string): string => `${name} is no number, so every ${name} rule counts`,
  /** `rule`: what the rule says of a target that is there. */
  targetMissing: (rule: string): string => `no target is named, so this counts: ${rule}`,
  noTarget: (rule: string): string => `no target is named, so all that this agent asks for without one counts together: ${rule}`,
  oldEvidence: (age: string, most: string): string => `the oldest evidence is ${age} old; it may be at most ${most} old`,
  noEvidence: (most: string): string => `no dated evidence; it may be at most ${most} old`,
  undatedEvidence: (most: string): string => `not all evidence is dated; it may be at most ${most} old`,

  noUndo: "the policy does not say how to undo this, so it is not done before people have looked at it",
  neverRehearsed: (environment: string) =>
    `this was never undone in ${environment}, so nobody knows that it can be: it is not done before people have looked at it`,
  staleRehearsal: (environment: string, age: string, most: string) =>
    `this was last undone in ${environment} ${age} ago, ${most} at most: it is not done before people have looked at it`,
  agentSaysFinal: "the agent says that this one can't be undone",

  /** What an environment asks for by a tier of its own. */
  demands: {
    autonomous: "may run alone",
    notify: "is told to people",
    soft_review: "is confirmed afterwards",
    hard_approval: "needs an approval",
    hard_stop: "is for people to do",
  },

  /** Why a person says no, as a form offers it and a card tells it. */
  rejection: {
    wrong_amount: "Wrong amount or value",
    wrong_target: "Wrong target",
    wrong_timing: "Not now",
    against_policy: "Against our rules",
    insufficient_evidence: "Not enough evidence",
    not_needed: "Not needed",
    too_risky: "Too risky",
    other: "Something else",
  },
  loops: (times: number) => `The same act was rejected ${times} times in this session.`,
} as const;
