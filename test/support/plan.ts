import { PlanRequest } from "../../src/domain/shapes/request.ts";

/** A plan of the cloud agent, as it is sent and as it is read. */
export type StepSent = { id: string; title: string; action: Record<string, unknown> };

export const stop = (id: string, instance: string, more: object = {}): StepSent => ({
  id,
  title: `Stop ${instance}`,
  action: {
    type: "cloud.stop_instance",
    params: { instance_id: instance, reason: "idle" },
    environment: "production",
    target: `${instance}-prod-1`,
    ...more,
  },
});

const restartSchema = {
  properties: { service: { type: "string" }, reason: { type: "string" }, drain_s: { type: "integer", minimum: 0, maximum: 600 } },
  required: ["service", "reason"],
};
export const restart = (id: string, service: string): StepSent => ({
  id,
  title: `Restart ${service}`,
  action: {
    type: "cloud.restart_service",
    params: { service, reason: "new size", drain_s: 30 },
    params_schema: restartSchema,
    environment: "production",
    target: "web-prod-1",
  },
});

export const deleteVolume = (id: string, volume = "vol-1"): StepSent => ({
  id,
  title: "Tidy up",
  action: { type: "cloud.delete_volume", params: { volume_id: volume, size_gb: 500 }, environment: "production" },
});

export const planRequest = (steps: readonly StepSent[], more: object = {}) => ({
  schema_version: "1",
  kind: "plan",
  action: { type: "cloud.save_costs", title: "Save costs", params: { region: "eu-1" }, environment: "production" },
  plan: { steps },
  brief: { decision_required: "Stop what idles?", trigger: { kind: "policy" }, accomplished: ["Looked at a week of load"] },
  signals: { confidence: 0.95, risk: 0, ood: 0 },
  ...more,
});
export const readPlan = (steps: readonly StepSent[], more: object = {}): PlanRequest =>
  PlanRequest.parse(planRequest(steps, more));
