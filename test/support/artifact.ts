import { EscalationRequest } from "../../src/domain/shapes/request.ts";

/** A text that the e-mail agent wrote, as it is sent and as it is read. */
export const REPLY = "Dear Ms. Chen,\n\nyour parcel is on its way and arrives on Friday.\n\nKind regards";

export const artifactRequest = (content = REPLY, more: object = {}) => ({
  schema_version: "1",
  kind: "artifact",
  artifact: { media_type: "text/markdown", content },
  brief: {
    decision_required: "Send this reply?",
    trigger: { kind: "requested", detail: "a reply to a complaint" },
    accomplished: ["Read the whole conversation"],
  },
  ...more,
});
export const readArtifact = (content = REPLY, more: object = {}): EscalationRequest =>
  EscalationRequest.parse(artifactRequest(content, more));
