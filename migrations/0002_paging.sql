-- Why: nothing may wait in limbo. People are paged along a chain, by Slack and beside it, so the outbox owes more kinds of messages, a batch is one
-- message of many escalations, and the replicas share what they know of who is on call, which Homes are open and which alarms are ringing.

-- priority: how pressing it was when it opened; first_response_at: the first answer of a person. Both only feed the numbers of `stats`.
ALTER TABLE escalation
  ADD COLUMN priority text NOT NULL DEFAULT 'normal' CHECK (priority IN ('urgent', 'high', 'normal')),
  ADD COLUMN first_response_at timestamptz;
-- The sweep never looks later than the deadline.
ALTER TABLE escalation ADD CONSTRAINT looked_at_by_the_deadline CHECK (state <> 'paused_pending_human' OR due_at <= deadline);
CREATE INDEX escalation_opened ON escalation (created_at);

ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('card_post', 'card_update', 'thread', 'message', 'callback', 'follow_up',
  'page', 'reminder', 'batch', 'home', 'email_page', 'pager_page'));
-- When a page or an alarm that Slack did not take was handed to the next route.
ALTER TABLE outbox ADD COLUMN rerouted_at timestamptz;
CREATE INDEX outbox_to_reroute ON outbox (created_at) WHERE rerouted_at IS NULL AND kind IN ('page', 'message', 'email_page', 'pager_page');

-- A batch is one message with a card row for each escalation in it.
DROP INDEX card_by_message;
CREATE INDEX card_by_message ON card (channel, ts);
CREATE INDEX card_by_place ON card (place);

-- The last answer of each on-call source, whoever of the replicas asked; `fault` says why the newest question failed.
CREATE TABLE on_call_answer (
  source text PRIMARY KEY,
  user_ids text[] NOT NULL,
  at timestamptz NOT NULL,
  until timestamptz,
  fault text,
  asked_at timestamptz NOT NULL
);
-- Overrides set from Slack; never deleted, so that it can be told who was on call when.
CREATE TABLE on_call_override (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source text NOT NULL,
  user_id text NOT NULL CHECK (user_id ~ '^[UW][A-Z0-9]+$'),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  set_by text NOT NULL,
  CONSTRAINT ends_after_it_starts CHECK (ends_at >= starts_at)
);
CREATE INDEX on_call_override_in_force ON on_call_override (ends_at);

-- Whose App Home is open: it is drawn anew when something in it changes.
CREATE TABLE open_home (user_id text PRIMARY KEY, opened_at timestamptz NOT NULL);

-- An alarm about the house rings once, whoever of the replicas notices; `cleared_at` lets it ring again.
CREATE TABLE alarm (
  name text PRIMARY KEY,
  raised_at timestamptz NOT NULL,
  cleared_at timestamptz
);
