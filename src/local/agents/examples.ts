import type { Example } from "./desk.ts";
import { LAMP } from "./lamp.ts";
import { planExample } from "./plan-example.ts";
import { SESSION_SCRIPTS } from "./session-examples.ts";

/**
 * What the sample agents ask for, and what they say when a reviewer asks back. The same acts stand in the example configuration.
 */
export type Script = Example & { request: Record<string, unknown>; reply: string; asksAgain?: true };

const base = { schema_version: "1", provenance: { source: "sample-agents@1" } };
const action = (type: string, title: string, params: object, more: object = {}) => ({ type, title, params, ...more });

const money = {
  properties: {
    amount: { type: "number", title: "Amount", minimum: 0.01, maximum: 1250 },
    reason: { type: "string", title: "Reason", enum: ["damaged", "late", "goodwill"] },
  },
  required: ["amount"],
};

const refund = {
  ...base,
  kind: "action",
  action: action(
    "payments.refund",
    "Refund USD 1,250.00 to customer 8841",
    { order_id: "A-4721", amount: 1250, currency: "USD", reason: "damaged" },
    { target: "customer/8841", params_schema: money },
  ),
  brief: {
    request: "My lamp arrived broken. I want my money back, shipping included.",
    accomplished: ["Verified the order and the delivery scan", "Asked for photos: two received, damage visible"],
    decision_required: "Refund in full although the return window closed 3 days ago?",
    trigger: { kind: "policy", detail: "amount over 500" },
    evidence: [
      { title: "Order A-4721", url: "https://shop.example/orders/A-4721" },
      { title: "Photo", media: { type: "image/png", data: LAMP } },
      { title: "Delivery scan", url: "https://carrier.example/scans/99120" },
    ],
    recommendation: { decision: "approve", rationale: "Six-year account, first claim" },
    undo: "A refund can be charged back within 24 hours",
  },
  signals: { confidence: 0.62, risk: 0.4 },
  checkpoint: { step: "refund", order: "A-4721" },
};

const brief = (decision: string, done: string[], more: object = {}) => ({
  decision_required: decision,
  trigger: { kind: "policy" },
  accomplished: done,
  ...more,
});

export const SCRIPTS: readonly Script[] = [
  {
    id: "refund",
    agent: "refund-agent",
    title: "Refund a customer",
    about: "Over 500: a payments reviewer decides. Try “Change amount…” as Priya.",
    request: refund,
    reply: "Yes: the photos show a crack through the whole shade.",
  },
  {
    id: "store-credit",
    agent: "refund-agent",
    title: "Give a store credit",
    about: "Can wait: start two, press “+1 h”, and they come to whoever is on call as one batch.",
    request: {
      ...base,
      kind: "action",
      action: action(
        "payments.store_credit",
        "Store credit for a late parcel",
        { amount: 35, currency: "USD", reason: "parcel four days late" },
        { target: "customer/5120" },
      ),
      brief: brief("Give it although they had one in May?", ["Parcel arrived four days late", "One credit before, in May"]),
      signals: { confidence: 0.85, risk: 0.1 },
      latency_tolerance_s: 7200,
    },
    reply: "The earlier credit was for another order.",
  },
  {
    id: "small-refund",
    agent: "refund-agent",
    title: "Refund a small amount",
    about: "Under 50: the agent may do it alone. Nobody is asked.",
    request: {
      ...refund,
      action: action(
        "payments.refund",
        "Refund USD 12.00",
        { order_id: "B-1002", amount: 12, currency: "USD", reason: "late" },
        { target: "customer/1200" },
      ),
      signals: { confidence: 0.95 },
    },
    reply: "",
  },
  {
    id: "stop-production",
    agent: "cloud-agent",
    title: "Stop a production instance",
    about: "Production: an engineering manager (Maria, in #cloud-approvals).",
    request: {
      ...base,
      kind: "action",
      action: action(
        "cloud.stop_instance",
        "Stop web-7",
        { instance_id: "i-prod-web-7", reason: "idle for 14 days" },
        { target: "web-prod-7", environment: "production" },
      ),
      brief: brief("Stop it although it still gets health checks?", ["Checked 14 days of traffic: health checks only"]),
      signals: { confidence: 0.9, risk: 0.3 },
    },
    reply: "The last real request was 14 days ago.",
  },
  {
    id: "restart-service",
    agent: "cloud-agent",
    title: "Restart a service",
    about: "On-call is paged by DM. Leave it alone and press “+10 min”: the secondary, then Maria, then silence rejects.",
    request: {
      ...base,
      kind: "action",
      action: action(
        "cloud.restart_service",
        "Restart checkout",
        { service: "checkout", reason: "memory grows by 2 % an hour", drain_s: 30 },
        { target: "checkout-prod-2", environment: "production" },
      ),
      brief: brief("Restart checkout now, or live with the leak until Monday?", [
        "Took a heap dump",
        "Two of three instances are healthy",
      ]),
      signals: { confidence: 0.7, risk: 0.4 },
    },
    reply: "The heap dump shows the session cache; a restart buys about two days.",
  },
  {
    id: "scale-service",
    agent: "cloud-agent",
    title: "Scale a service",
    about: "Done at once. Keep it or set it back as Anna; press “+1 h” instead, and silence sets it back.",
    request: {
      ...base,
      kind: "action",
      action: action(
        "cloud.scale_service",
        "Scale checkout to 8",
        { service: "checkout", replicas: 8, was: 3 },
        { target: "checkout-prod-2", environment: "production" },
      ),
      brief: brief(
        "Eight instances of checkout until the evening?",
        ["Requests have doubled within ten minutes", "Three instances run at 92 %"],
        {
          undo: "Scaling back takes about a minute and interrupts nobody",
        },
      ),
      signals: { confidence: 0.85, risk: 0.3 },
    },
    reply: "The campaign mail went out an hour earlier than planned.",
  },
  {
    id: "delete-volume",
    agent: "cloud-agent",
    title: "Delete a volume",
    about: "Two people: security and a lead engineer (Sam, then Lee or Kim).",
    request: {
      ...base,
      kind: "action",
      action: action(
        "cloud.delete_volume",
        "Delete vol-0a1b",
        { volume_id: "vol-0a1b", size_gb: 500, last_attached: "2026-05-02" },
        { target: "vol-prod-0a1b" },
      ),
      brief: brief("Delete the unattached volume for good?", ["Not attached since May", "No snapshot policy refers to it"], {
        evidence: [{ title: "Volume vol-0a1b", url: "https://cloud.example/volumes/vol-0a1b" }],
      }),
      signals: { confidence: 0.97, risk: 0.6 },
    },
    reply: "No snapshot has been taken since it was detached.",
  },
  {
    id: "open-port",
    agent: "cloud-agent",
    title: "Open a port",
    about: "A network engineer decides (Nik).",
    request: {
      ...base,
      kind: "action",
      action: action(
        "cloud.modify_security_group",
        "Open 8443",
        { group_id: "sg-77", port: 8443, cidr: "10.20.0.0/16", direction: "in" },
        { target: "sg-prod-77" },
      ),
      brief: brief("Open 8443 for the new office network?", ["The office range was announced by IT"], {
        evidence: [
          {
            title: "Rules of sg-77",
            diff: {
              before: "in  443   0.0.0.0/0\nin  5432  10.0.0.0/8\nout any   0.0.0.0/0",
              after: "in  443   0.0.0.0/0\nin  5432  10.0.0.0/8\nin  8443  10.20.0.0/16\nout any   0.0.0.0/0",
            },
          },
        ],
      }),
      signals: { confidence: 0.8 },
    },
    reply: "The range comes from the IT announcement of Monday.",
  },
  {
    id: "mass-mail",
    agent: "email-agent",
    title: "Send a mass mailing",
    about: "Over 1,000 recipients is for people: take it over as Tom.",
    request: {
      ...base,
      kind: "action",
      action: action("email.send", "Newsletter", { to: "customers@lists.example", subject: "Our new terms", recipients: 4200 }),
      brief: brief("Who sends the new terms to 4,200 customers?", ["Drafted the text", "Checked the list for bounces"]),
      signals: { confidence: 0.9 },
    },
    reply: "The draft is in the shared folder.",
  },
  planExample,
  {
    id: "question",
    agent: "email-agent",
    title: "Ask a question",
    about: "Two templates fit: Tom answers in #email-approvals.",
    request: {
      ...base,
      kind: "question",
      question: {
        text: "The customer writes in Dutch. Which template shall I use?",
        options: [
          { id: "en", label: "English, with an apology" },
          { id: "nl", label: "Dutch, machine-translated" },
        ],
        allow_free_text: true,
      },
      brief: {
        decision_required: "Which template fits a customer who writes in Dutch?",
        trigger: { kind: "low_confidence", detail: "two templates score alike" },
      },
      signals: { confidence: 0.4 },
    },
    reply: "Both are ready to send.",
  },
  {
    id: "reply",
    agent: "email-agent",
    title: "Write a reply",
    about: "A text is read before it is sent: edit it as Tom in #email-approvals. The agent sends yours.",
    request: {
      ...base,
      kind: "artifact",
      artifact: {
        media_type: "text/markdown",
        content: [
          "Dear Ms. Chen,",
          "",
          [
            "thank you for your message. We are sorry that your lamp arrived with a crack in its shade. A new one leaves our",
            "warehouse today and will be with you on Friday at the latest; you need not send the broken one back.",
          ].join(" "),
          "",
          "As a small apology you will find a voucher over USD 100.00 in the parcel.",
          "",
          "Kind regards",
          "Northwind Support",
        ].join("\n"),
      },
      brief: {
        request: "My lamp arrived broken!!! What now?",
        accomplished: ["Found the order and the delivery scan", "Ordered the replacement"],
        decision_required: "Send this reply to Ms. Chen?",
        trigger: { kind: "low_confidence", detail: "it promises a date and a voucher" },
        evidence: [{ title: "Message of Ms. Chen", url: "https://desk.example/tickets/7713" }],
      },
      signals: { confidence: 0.6 },
    },
    reply: "The template allows vouchers up to USD 20.00; I took the larger one because she has been a customer for six years.",
  },
  ...SESSION_SCRIPTS,
];
