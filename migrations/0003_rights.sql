-- Why: a server that was taken over must not be able to rewrite what was decided.

-- What the application role may do: it owns nothing, and nothing is ever updated or deleted unless listed. What was asked for, by whom, when and under which policy
-- is never rewritten, whatever the server is made to do.
CREATE FUNCTION grant_application(role name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA countersign TO %I', role);
  EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA countersign TO %I', role);
  EXECUTE format('GRANT INSERT ON policy_version, configuration, agent, agent_key, idempotency, opened, live, ended, decision, vote, audit_entry, audit_secret, audit_head, outbox, deliverer, lane, card, rendering,
    on_call_answer, on_call_override, open_home, alarm, pager_ring, page_burst, velocity_sum, velocity_bucket, undo_rehearsal, session, plan_step TO %I', role);
  -- What a step is called and where it stands is never changed.
  EXECUTE format('GRANT UPDATE (tier, state, digest, content) ON plan_step TO %I', role);
  EXECUTE format('GRANT UPDATE (state, tier, version, revision, round, queue, channel, action_digest, ruling, progress, sla_at, deadline, due_at, state_since,
    audit_seq, audit_hash, updated_at, first_response_at) ON live TO %I', role);
  -- A late report, and who has fetched the answer.
  EXECUTE format('GRANT UPDATE (revision, progress, audit_seq, audit_hash, updated_at) ON ended TO %I', role);
  EXECUTE format('GRANT UPDATE (callback_secrets, revoked_at, withdrawn_at) ON agent TO %I', role);
  EXECUTE format('GRANT UPDATE (revoked_at) ON agent_key TO %I', role);
  EXECUTE format('GRANT UPDATE ON audit_head, outbox, deliverer, lane, card, rendering, on_call_answer, on_call_override, open_home, alarm, pager_ring, page_burst, velocity_sum, velocity_bucket,
    undo_rehearsal, session TO %I', role);
  EXECUTE format('GRANT DELETE ON live, outbox, deliverer, lane, rendering, open_home, velocity_sum, velocity_bucket TO %I', role);
  EXECUTE format('GRANT EXECUTE ON FUNCTION make_partitions(text, integer), drop_partition(timestamptz) TO %I', role);
  EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA countersign TO %I', role);
END $$;
