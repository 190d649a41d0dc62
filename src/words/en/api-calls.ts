/** What each call answers when all is well, by method and path. */
export const answers: Readonly<Record<string, string>> = {
  "GET /v1/escalations": "A page of the agent's own escalations, newest first",
  "GET /v1/escalations/{id}": "The escalation as it stands when there is news, or when the wait is over",
  "GET /v1/escalations/{id}/audit": "Its audit entries, oldest first",
  "GET /v1/sessions/{session_id}": "How it stands with the session, whether or not anything was asked in it yet",
  "POST /v1/sessions/{session_id}/taints": "The session with all that it has read",
  "POST /v1/sessions/{session_id}/acknowledge": "The session; after replan it may ask for what its new plan needs",
  "POST /v1/policy/evaluate": "What the policy would say",
  "POST /v1/escalations": "Opened and durable; or, replayed, the one that the Idempotency-Key has opened before",
  "POST /v1/escalations/{id}/messages": "The escalation with the message in it",
  "POST /v1/escalations/{id}/resume":
    "The decision and the checkpoint; with an execution where there is something to run, which this claim alone may now do",
  "POST /v1/escalations/{id}/outcome": "The escalation as it ended",
  "POST /v1/escalations/{id}/steps/{step}/outcome": "The plan, which ends with the report of its last step",
  "POST /v1/escalations/{id}/flag": "By whom and when it was flagged first",
  "POST /v1/escalations/{id}/cancel": "The escalation, withdrawn",
};

/** What each call is for, in a line. */
export const summaries = {
  list: "List own escalations, newest first",
  read: "Read one, with an optional long poll",
  audit: "Its audit entries",
  session: "What people told a session, and what is open in it",
  taint: "Say what a session has read; it sticks, and its later steps are judged by it",
  acknowledge: "Say that the agent knows what its session was told",
  evaluate: "What would the policy say? Stores nothing",
  submit: "Submit an escalation",
  answer: "Answer a reviewer's question",
  resume: "Claim the resumption",
  report: "Report what became of the execution",
  reportStep: "Report what became of one step of a plan",
  withdraw: "Withdraw",
  flag: "Flag what ran without being asked about: people are asked whether it was right",
} as const;
