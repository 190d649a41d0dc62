import type { Script } from "./examples.ts";

/** Agents whose session says something: one that asks the same again and again, and one that works for another. */
export const SESSION_SCRIPTS: readonly Script[] = [
  {
    id: "loop",
    agent: "refund-agent",
    title: "Ask the same again and again",
    about: "Reject it as Priya: it asks for the same at once, and after the third no the policy ends its session.",
    asksAgain: true,
    request: {
      schema_version: "1",
      kind: "action",
      action: {
        type: "payments.refund",
        title: "Refund USD 900.00 to customer 2207",
        params: { order_id: "A-5102", amount: 900, currency: "USD", reason: "late" },
        target: "customer/2207",
      },
      brief: {
        decision_required: "Refund the whole order because it came late?",
        trigger: { kind: "policy" },
        accomplished: ["Found the order", "Parcel arrived a day late"],
      },
      signals: { confidence: 0.9, risk: 0.3 },
    },
    reply: "The customer insists.",
  },
  {
    id: "sub-agent",
    agent: "refund-agent",
    title: "Act for another agent",
    about: "It works for email-agent, for Nik, and has read mail from outside. Its card in #payments-approvals says so.",
    request: {
      schema_version: "1",
      kind: "action",
      action: {
        type: "payments.refund",
        title: "Refund USD 640.00 to customer 3318",
        params: { order_id: "A-4990", amount: 640, currency: "USD", reason: "damaged" },
        target: "customer/3318",
      },
      parent: { agent: "email-agent", session_id: "sample:reply" },
      on_behalf_of: "U0NIK",
      taints: [{ kind: "untrusted_content", source: "mail from outside" }],
      brief: {
        decision_required: "Refund what the customer's mail asks for?",
        trigger: { kind: "policy" },
        accomplished: ["Read the mail", "Found the order it names"],
      },
      signals: { confidence: 0.7, risk: 0.4 },
    },
    reply: "The mail names the order; the photo in it fits.",
  },
];
