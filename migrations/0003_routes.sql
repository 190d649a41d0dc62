-- Why: a telephone that rings must stop ringing when somebody has answered, a sum must not be split between two agents, and a change of who may decide must
-- be on record.

-- What rings at a paging service, noted before the call so that none is forgotten; each is closed when nobody is waited for any more.
CREATE TABLE pager_ring (
  dedup_key text PRIMARY KEY,
  escalation_id text NOT NULL REFERENCES escalation (id),
  -- Whom it calls, and in which round of asking: it is stopped when that person is not waited for any more.
  user_id text NOT NULL,
  round integer NOT NULL,
  pager text NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT db_now(),
  resolved_at timestamptz
);
CREATE INDEX pager_ring_open ON pager_ring (escalation_id) WHERE resolved_at IS NULL;

-- How many pages somebody got in the last minutes: what comes above a number of them is one message that lists the rest.
CREATE TABLE page_burst (
  user_id text PRIMARY KEY,
  since timestamptz NOT NULL,
  pages integer NOT NULL
);

ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('card_post', 'card_update', 'thread', 'message', 'callback', 'follow_up',
  'page', 'reminder', 'batch', 'home', 'email_page', 'pager_page', 'pager_resolve', 'requester'));

-- What was asked for of one target, by whichever agent.
CREATE INDEX escalation_velocity_target ON escalation (action_type, target, created_at) WHERE target IS NOT NULL;

-- What the application role may do: it owns nothing, and nothing is ever updated or deleted unless listed. What was asked for, by whom, when and under which policy
-- is never rewritten, whatever the server is made to do.
CREATE FUNCTION grant_application(role name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role);
  EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA public TO %I', role);
  EXECUTE format('GRANT INSERT ON policy_version, configuration, agent, agent_key, escalation, decision, vote, audit_entry, audit_secret, outbox, lane, card, rendering,
    on_call_answer, on_call_override, open_home, alarm, pager_ring, page_burst TO %I', role);
  EXECUTE format('GRANT UPDATE (state, tier, version, revision, round, queue, action_digest, ruling, progress, amount, sla_at, deadline, due_at, state_since, ended_at,
    ended_reason, audit_seq, audit_hash, updated_at, first_response_at) ON escalation TO %I', role);
  EXECUTE format('GRANT UPDATE (callback_secrets, revoked_at, withdrawn_at) ON agent TO %I', role);
  EXECUTE format('GRANT UPDATE (revoked_at) ON agent_key TO %I', role);
  EXECUTE format('GRANT UPDATE ON outbox, lane, card, on_call_answer, on_call_override, open_home, alarm, pager_ring, page_burst TO %I',
    role);
  EXECUTE format('GRANT DELETE ON outbox, lane, open_home TO %I', role);
  EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO %I', role);
END $$;
