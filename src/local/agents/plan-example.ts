import type { Script } from "./examples.ts";

const step = (id: string, title: string, type: string, params: object) => ({
  id,
  title,
  action: { type, params, environment: "production", target: `${id}-prod-1` },
});

/** Several steps in a row, decided together; the last of them is not covered by that. */
export const planExample: Script = {
  id: "plan",
  agent: "cloud-agent",
  title: "Carry out a plan",
  about: "Four steps, decided together in #cloud-approvals: take one out as Maria. The last asks for itself.",
  request: {
    schema_version: "1",
    kind: "plan",
    action: { type: "cloud.save_costs", title: "Save costs over the weekend", params: { region: "eu-1" } },
    plan: {
      steps: [
        step("batch", "Stop the batch runner", "cloud.stop_instance", {
          instance_id: "i-batch-1",
          reason: "idle since Tuesday",
        }),
        step("report", "Stop the report runner", "cloud.stop_instance", { instance_id: "i-report-1", reason: "idle" }),
        step("web", "Restart the web tier", "cloud.restart_service", { service: "web", reason: "smaller size", drain_s: 60 }),
        step("volume", "Delete what it leaves behind", "cloud.delete_volume", { volume_id: "vol-batch-1", size_gb: 500 }),
      ],
    },
    brief: {
      request: "Cut what idles over the weekend",
      accomplished: ["Looked at two weeks of load", "Asked the owners of both runners"],
      decision_required: "Stop both runners and shrink the web tier?",
      trigger: { kind: "policy", detail: "production" },
      evidence: [{ title: "Load of eu-1", url: "https://metrics.example/eu-1" }],
    },
    signals: { confidence: 0.9, risk: 0.3, ood: 0.1 },
  },
  reply: "The runners can be started again within a minute; nothing is scheduled before Monday.",
};
