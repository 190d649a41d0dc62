-- Why: the whole foundation at once, because nothing was released before it: escalations that are durable before anyone is told, an audit chain that cannot be edited,
-- an outbox that owns every message, and what the replicas share. The types, keys and CHECKs repeat the rules of src/domain (states, end reasons, "everything
-- that has not ended is due some time"), so that a bug in the application cannot store a lie. The application role (grant_application) owns nothing.

-- All deadlines are judged on this clock, never on an application server's. The shift is for tests and demonstrations: only the owner may move it.
CREATE TABLE clock_shift (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  shift interval NOT NULL DEFAULT '0',
  -- On the unshifted clock. What a jump made due all at once is not late yet.
  moved_at timestamptz
);
INSERT INTO clock_shift DEFAULT VALUES;

-- clock_timestamp(), not now(): a statement that waited for a lock must see the time after the wait. Milliseconds, as JavaScript dates hold.
-- plpgsql keeps its plan for the session; a SQL function would be planned at every call.
CREATE FUNCTION db_now() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN date_trunc('milliseconds', clock_timestamp() + (SELECT shift FROM clock_shift));
END $$;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: rows here are written once', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

-- Vocabularies are types: a word that is not in its list cannot be stored, and no list is read from its text again with every row, as a CHECK's is.
CREATE TYPE escalation_kind AS ENUM ('action', 'plan', 'question', 'artifact');
CREATE TYPE escalation_state AS ENUM ('running', 'paused_pending_human', 'human_responded', 'resuming', 'completed', 'failed', 'timed_out');
CREATE TYPE tier AS ENUM ('autonomous', 'notify', 'soft_review', 'hard_approval', 'hard_stop');
-- In the order in which they are shown.
CREATE TYPE priority AS ENUM ('urgent', 'high', 'normal');
CREATE TYPE ended_reason AS ENUM ('timed_out', 'rejected', 'answered', 'handled_by_human', 'executed', 'never_resumed', 'skipped', 'rolled_back',
  'execution_failed', 'executed_differs', 'outcome_unknown', 'outcome_unreported', 'cancelled', 'session_terminated');
CREATE TYPE step_state AS ENUM ('planned', 'own', 'rejected', 'completed', 'failed', 'skipped', 'rolled_back', 'differs');
CREATE TYPE verdict AS ENUM ('approve', 'reject', 'modify', 'answer', 'edit', 'take_over', 'abstain', 'confirm', 'rollback');
CREATE TYPE decision_type AS ENUM ('approve', 'reject', 'modify', 'answer', 'edit', 'confirm', 'rollback', 'take_over');
CREATE TYPE decision_source AS ENUM ('human', 'timeout', 'policy', 'proxy', 'override', 'break_glass');
CREATE TYPE delivery_kind AS ENUM ('card_post', 'card_update', 'thread', 'message', 'callback', 'follow_up', 'page', 'reminder', 'batch', 'home', 'email_page',
  'pager_page', 'pager_resolve', 'requester', 'media');
CREATE TYPE delivery_status AS ENUM ('owed', 'later', 'uncertain', 'dead');

-- What belongs to a customer begins its keys with the workspace it belongs to, which is always 1 for now: several in one database, or a database that is
-- distributed by it, are then no migration. Ids are compared as bytes, so that time-ordered ones sort by time under any locale.
-- An index beside the key of a table that grows has a condition. Where it would leave out no row it is one on its own column that holds for every row: the planner may use it only for what asks for that column. Without it,
-- every index holds the whole workspace, all of them cost the same while a table is small, and one that finds nothing by its key is as good as the one that does.

-- Every policy text that an escalation was ever judged by, by its content hash; `loaded_at` of the newest is the last good one.
CREATE TABLE policy_version (
  workspace smallint NOT NULL DEFAULT 1,
  hash text NOT NULL CHECK (hash ~ '^sha256:[0-9a-f]{64}$'),
  source text NOT NULL,
  loaded_at timestamptz NOT NULL DEFAULT db_now(),
  PRIMARY KEY (workspace, hash)
);
-- The configurations that were accepted as a whole. The newest number is in force on every replica, whatever its own file says: what is opened or decided under
-- an older one is judged again. Nothing here is ever changed, so that a text which was replaced can be told from one that is new.
CREATE TABLE configuration (
  workspace smallint NOT NULL DEFAULT 1,
  number integer NOT NULL CHECK (number >= 1),
  digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
  text text NOT NULL,
  policy_hash text NOT NULL,
  accepted_at timestamptz NOT NULL DEFAULT db_now(),
  PRIMARY KEY (workspace, number),
  FOREIGN KEY (workspace, policy_hash) REFERENCES policy_version (workspace, hash)
);
-- Whether a text was accepted before.
CREATE INDEX configuration_by_digest ON configuration (workspace, digest, number) WHERE digest IS NOT NULL;

CREATE TABLE agent (
  workspace smallint NOT NULL DEFAULT 1,
  id text COLLATE "C" NOT NULL CHECK (id ~ '^agt_[0-9A-Za-z]+$'),
  name text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,59}$'),
  owner text CHECK (owner ~ '^[UW][A-Z0-9]+$'),
  environment text,
  scopes text[] NOT NULL CHECK (scopes <@ ARRAY['escalations', 'evaluate', 'feedback', 'oversight']),
  -- Standard Webhooks secrets, newest first; two while one is being rotated out.
  callback_secrets text[] NOT NULL CHECK (cardinality(callback_secrets) BETWEEN 1 AND 2),
  created_at timestamptz NOT NULL DEFAULT db_now(),
  revoked_at timestamptz,
  -- When all that a revoked agent had asked for was withdrawn.
  withdrawn_at timestamptz,
  PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX agent_name ON agent (workspace, name) WHERE name IS NOT NULL;
-- What the sweep withdraws.
CREATE INDEX agent_to_withdraw ON agent (workspace, revoked_at) WHERE revoked_at IS NOT NULL AND withdrawn_at IS NULL;
-- Keys are 256 random bits, so a plain SHA-256 is enough; the key itself is printed once and kept nowhere.
CREATE TABLE agent_key (
  workspace smallint NOT NULL DEFAULT 1,
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  agent_id text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL DEFAULT db_now(),
  revoked_at timestamptz,
  PRIMARY KEY (workspace, sha256),
  FOREIGN KEY (workspace, agent_id) REFERENCES agent (workspace, id)
);
-- How many keys an agent has, and which of them end when it gets another.
CREATE INDEX agent_key_active ON agent_key (workspace, agent_id) WHERE revoked_at IS NULL AND agent_id IS NOT NULL;

-- What is written once and seldom read lies in partitions of a month each (0002_months.sql), by the time that an id begins with.

-- An escalation lies in two rows. What was asked for, by whom, when and under which policy is written once; what moves is a row in `live` while it is open
-- and in `ended` afterwards, so that the busiest table, its indexes and their upkeep hold what is open and never the past.
-- No foreign keys from here on: these are the busiest tables, their rows come from one statement, and nothing they could point at is ever deleted.
CREATE TABLE opened (
  workspace smallint NOT NULL DEFAULT 1,
  id text COLLATE "C" NOT NULL,
  agent_id text COLLATE "C" NOT NULL,
  kind escalation_kind NOT NULL,
  -- How pressing it was then; feeds only the numbers of `stats`.
  priority priority NOT NULL,
  action_type text,
  session_id text,
  -- What is private, sealed: the request as submitted and what the policy said first, pinned; and what the agent saved for itself.
  content bytea NOT NULL,
  checkpoint bytea,
  -- The bytes of pictures and files that are evidence: read by whoever puts them into Slack, and by nobody else.
  media bytea,
  review_of text COLLATE "C",
  -- As it was given; that an agent gives each only once is kept in `idempotency`.
  idempotency_key text,
  -- 32 random bytes. Every commitment of its audit stream is keyed by what follows from them.
  key bytea NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (workspace, id)
);
-- One escalation for each key of an agent, over all months.
CREATE TABLE idempotency (
  workspace smallint NOT NULL DEFAULT 1,
  agent_id text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  PRIMARY KEY (workspace, agent_id, key)
);
-- An agent's own list, newest first, and that of one of its sessions.
CREATE INDEX opened_by_agent ON opened (workspace, agent_id, id) WHERE agent_id IS NOT NULL;
CREATE INDEX opened_by_session ON opened (workspace, agent_id, session_id, id) WHERE session_id IS NOT NULL;

CREATE TABLE live (
  workspace smallint NOT NULL DEFAULT 1,
  id text COLLATE "C" NOT NULL,
  agent_id text COLLATE "C" NOT NULL,
  kind escalation_kind NOT NULL,
  state escalation_state NOT NULL,
  tier tier NOT NULL,
  -- version: what is to be decided changed. revision: anything changed; the optimistic guard of every write. round: one asking of the people.
  version integer NOT NULL,
  revision integer NOT NULL,
  round integer NOT NULL,
  queue text NOT NULL,
  -- Of Slack, where it is asked now.
  channel text NOT NULL,
  action_digest bytea NOT NULL,
  -- Only where it is no longer that of the opening.
  ruling jsonb,
  -- Votes, messages, decision, execution, as far as they are not as usual: src/store/progress.ts says what is meant by what is missing.
  progress jsonb NOT NULL,
  sla_at timestamptz,
  deadline timestamptz,
  -- When the sweep has to look next.
  due_at timestamptz NOT NULL,
  state_since timestamptz NOT NULL,
  -- The first answer of a person.
  first_response_at timestamptz,
  audit_seq integer NOT NULL,
  audit_hash bytea NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (workspace, id),
  -- What waits for people ends by a deadline, and the sweep never looks later than that.
  CONSTRAINT looked_at_by_the_deadline CHECK (state <> 'paused_pending_human' OR (sla_at IS NOT NULL AND deadline IS NOT NULL AND due_at <= deadline)),
  CONSTRAINT hard_tiers_never_run_unasked CHECK (state <> 'running' OR (tier < 'hard_approval' AND kind <> 'question')),
  CONSTRAINT not_ended CHECK (state NOT IN ('completed', 'failed'))
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
-- The sweep.
CREATE INDEX live_due ON live (workspace, due_at) WHERE due_at IS NOT NULL;
-- How many an agent has open: its cap is counted here, whatever it has behind it.
CREATE INDEX live_of_agent ON live (workspace, agent_id) WHERE agent_id IS NOT NULL;
-- One page of a queue in its order.
CREATE INDEX live_waiting ON live (workspace, queue, deadline, id) WHERE state = 'paused_pending_human';
-- What waits in the batches of a person. Only what is in a batch stands in it; most escalations never are.
CREATE INDEX live_batched ON live USING gin ((progress -> 'paging' -> 'batches') jsonb_path_ops)
  WHERE state = 'paused_pending_human' AND progress -> 'paging' -> 'batches' <> '[]';

CREATE TABLE ended (
  workspace smallint NOT NULL DEFAULT 1,
  id text COLLATE "C" NOT NULL,
  agent_id text COLLATE "C" NOT NULL,
  state escalation_state NOT NULL,
  tier tier NOT NULL,
  version integer NOT NULL,
  revision integer NOT NULL,
  round integer NOT NULL,
  queue text NOT NULL,
  channel text NOT NULL,
  action_digest bytea NOT NULL,
  ruling jsonb,
  progress jsonb NOT NULL,
  sla_at timestamptz,
  deadline timestamptz,
  first_response_at timestamptz,
  audit_seq integer NOT NULL,
  audit_hash bytea NOT NULL,
  updated_at timestamptz NOT NULL,
  -- And since when it is in its state: none comes after it.
  ended_at timestamptz NOT NULL,
  ended_reason ended_reason NOT NULL,
  PRIMARY KEY (workspace, id),
  CONSTRAINT end_states CHECK (CASE state
    WHEN 'completed' THEN ended_reason IN ('rejected', 'answered', 'handled_by_human', 'executed', 'skipped', 'rolled_back', 'cancelled',
      'session_terminated')
    WHEN 'failed' THEN ended_reason IN ('timed_out', 'never_resumed', 'execution_failed', 'executed_differs', 'outcome_unknown', 'outcome_unreported')
    ELSE state = 'timed_out' AND ended_reason = 'timed_out' END)
);
-- The steps of a plan, written with it: what each does as decided, and what has become of it. Neither an action nor a question has any.
CREATE TABLE plan_step (
  workspace smallint NOT NULL DEFAULT 1,
  escalation_id text COLLATE "C" NOT NULL,
  -- In the order in which they were submitted, from 0.
  place smallint NOT NULL CHECK (place BETWEEN 0 AND 19),
  -- As the agent calls it.
  step text NOT NULL CHECK (step ~ '^[A-Za-z0-9_-]{1,40}$'),
  tier tier NOT NULL,
  state step_state NOT NULL,
  -- Of its action, as decided.
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  -- What is private, sealed: the action, why it was taken out, what was reported.
  content bytea NOT NULL,
  PRIMARY KEY (workspace, escalation_id, place)
);
ALTER TABLE plan_step ALTER content SET STORAGE EXTERNAL;
-- An agent's own list of one state, queue by queue, of one queue, and of both. What is open needs none: an agent has no more of it than its cap.
CREATE INDEX ended_of_agent ON ended (workspace, agent_id, state, queue, id) WHERE agent_id IS NOT NULL AND queue IS NOT NULL;
-- What people were asked, for statistics: the newest.
CREATE INDEX ended_lately ON ended (workspace, ended_at) WHERE sla_at IS NOT NULL;

-- The moving rows as one: a search by id reaches either table by its key.
CREATE VIEW moving AS
  SELECT workspace, id, agent_id, state, tier, version, revision, round, queue, channel, action_digest, ruling, progress, sla_at, deadline, due_at, state_since,
    first_response_at, NULL::timestamptz AS ended_at, NULL::ended_reason AS ended_reason, audit_seq, audit_hash, updated_at FROM live
  UNION ALL
  SELECT workspace, id, agent_id, state, tier, version, revision, round, queue, channel, action_digest, ruling, progress, sla_at, deadline, NULL, ended_at,
    first_response_at, ended_at, ended_reason, audit_seq, audit_hash, updated_at FROM ended;
-- Whole escalations, for people and their tools; of `progress` only what is not as usual (src/store/progress.ts). The product names the two rows itself.
CREATE VIEW escalation AS
  SELECT m.workspace, m.id, o.agent_id, o.kind, m.state, m.tier, o.priority, m.version, m.revision, m.round, m.queue, m.channel, o.action_type, o.session_id,
    m.action_digest, m.progress, m.sla_at, m.deadline, m.due_at,
    m.state_since, m.first_response_at, m.ended_at, m.ended_reason, o.review_of, o.idempotency_key, m.audit_seq, m.audit_hash, o.created_at,
    m.updated_at
  FROM moving m JOIN opened o ON o.workspace = m.workspace AND o.id = m.id;
-- lz4 packs these documents several times faster than the default; a server built without it keeps the default.
DO $$ BEGIN
  ALTER TABLE live ALTER ruling SET COMPRESSION lz4, ALTER progress SET COMPRESSION lz4;
  ALTER TABLE ended ALTER ruling SET COMPRESSION lz4, ALTER progress SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;

-- One final decision in each round, immutable: the key and the trigger say so whatever the application believes.
CREATE TABLE decision (
  workspace smallint NOT NULL DEFAULT 1,
  escalation_id text COLLATE "C" NOT NULL,
  round integer NOT NULL,
  type decision_type NOT NULL,
  source decision_source NOT NULL,
  tier tier NOT NULL,
  decided_at timestamptz NOT NULL,
  deadline timestamptz NOT NULL,
  PRIMARY KEY (workspace, escalation_id, round),
  CONSTRAINT people_decide_in_time CHECK (source <> 'human' OR decided_at <= deadline),
  CONSTRAINT silence_never_approves_hard_tiers CHECK (NOT (source = 'timeout' AND type <> 'reject' AND tier >= 'hard_approval'))
) PARTITION BY RANGE (escalation_id);
-- Statistics: the newest.
CREATE INDEX decision_lately ON decision (workspace, decided_at) WHERE decided_at IS NOT NULL;
-- One vote of a person for each version of what is to be decided; one that was taken back and given again stands twice.
CREATE TABLE vote (
  workspace smallint NOT NULL DEFAULT 1,
  escalation_id text COLLATE "C" NOT NULL,
  round integer NOT NULL,
  version integer NOT NULL,
  user_id text NOT NULL,
  team_id text NOT NULL,
  verdict verdict NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace, escalation_id, round, version, user_id, verdict, at)
) PARTITION BY RANGE (escalation_id);
-- What a person has voted on lately, on their Home, and the search of auditors.
CREATE INDEX vote_by_user ON vote (workspace, user_id, at DESC) WHERE user_id IS NOT NULL;

-- The audit log. What is written together is one row: `body` has a line of canonical JSON for each entry (bytes, because jsonb would rewrite numbers), `seq` and
-- `hash` are those of the last. `stream` is the id of an escalation, or the name of a stream of the house.
CREATE TABLE audit_entry (
  workspace smallint NOT NULL DEFAULT 1,
  stream text COLLATE "C" NOT NULL,
  seq integer NOT NULL,
  body bytea NOT NULL,
  hash bytea NOT NULL,
  -- Orders the later sealing: sequence numbers alone would miss transactions that commit late.
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (workspace, stream, seq)
) PARTITION BY RANGE (stream);
-- What is private about these entries and stands nowhere else, a line for each, sealed; it may be erased. The salts of an escalation's follow from its key, and
-- what it keeps itself (what was asked and ruled, its decisions, its outcome) is not kept a second time.
CREATE TABLE audit_secret (
  workspace smallint NOT NULL DEFAULT 1,
  stream text COLLATE "C" NOT NULL,
  seq integer NOT NULL,
  salt bytea,
  content bytea NOT NULL,
  PRIMARY KEY (workspace, stream, seq)
) PARTITION BY RANGE (stream);
-- What is sealed is packed already: where it is long, Postgres would try in vain at every insert.
ALTER TABLE opened ALTER content SET STORAGE EXTERNAL, ALTER checkpoint SET STORAGE EXTERNAL, ALTER media SET STORAGE EXTERNAL;
ALTER TABLE audit_secret ALTER content SET STORAGE EXTERNAL;
-- The newest entry of each stream of the house; an escalation carries its own.
CREATE TABLE audit_head (
  workspace smallint NOT NULL DEFAULT 1,
  stream text COLLATE "C" NOT NULL,
  seq integer NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (workspace, stream)
);
CREATE TRIGGER audit_entry_is_append_only BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_entry_is_kept BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_is_final BEFORE UPDATE OR DELETE ON decision FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_is_kept BEFORE TRUNCATE ON decision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Everything that leaves the house. A row stays until it was sent; `generation` tells a coalesced row that was asked for again while being sent.
CREATE TABLE outbox (
  workspace smallint NOT NULL DEFAULT 1,
  id bigint GENERATED ALWAYS AS IDENTITY,
  -- Compared by its bytes: the deliverer looks through ranges of lanes.
  lane text COLLATE "C" NOT NULL,
  kind delivery_kind NOT NULL,
  -- No foreign key: it is written by the same statement as its escalation, and this is the busiest table.
  escalation_id text COLLATE "C",
  -- Whose it is: within a class, agents take turns.
  agent_id text COLLATE "C" NOT NULL DEFAULT '',
  -- Names the delivery to the receiver: message metadata in Slack, webhook-id to agents.
  delivery_id text NOT NULL,
  payload jsonb NOT NULL,
  -- Its class in the lane; smaller goes first.
  priority smallint NOT NULL DEFAULT 2,
  dedupe text,
  -- How often it was owed, and how much of that its reader has been told: alarms of one kind are one message with a count.
  generation integer NOT NULL DEFAULT 1,
  told integer NOT NULL DEFAULT 0,
  -- `owed` goes as soon as its lane lets it; `later` is put off until run_at and costs nobody a look before.
  status delivery_status NOT NULL DEFAULT 'owed',
  attempts integer NOT NULL DEFAULT 0,
  -- Set before a send begins: found again after a crash, it means "perhaps sent".
  started_at timestamptz,
  -- When the newest send began: after that it cannot have arrived.
  tried_at timestamptz,
  run_at timestamptz NOT NULL DEFAULT db_now(),
  last_error text,
  -- When a page or an alarm that Slack did not take was handed to the next route.
  rerouted_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT db_now(),
  PRIMARY KEY (workspace, id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
-- What is owed once more while it is unsent is one row.
CREATE UNIQUE INDEX owed_once ON outbox (workspace, dedupe) WHERE dedupe IS NOT NULL;
-- What is to be sent now, lane by lane in its order.
CREATE INDEX outbox_owed ON outbox (workspace, lane, priority, agent_id, id) WHERE status = 'owed';
-- What wakes next.
CREATE INDEX outbox_later ON outbox (workspace, run_at) WHERE status = 'later';
-- What has to go another way.
CREATE INDEX outbox_to_reroute ON outbox (workspace, created_at) WHERE rerouted_at IS NULL AND kind IN ('page', 'message', 'email_page', 'pager_page');
-- What was set aside is counted without a look at what is owed.
CREATE INDEX outbox_set_aside ON outbox (workspace, status, id) WHERE status IN ('uncertain', 'dead');

-- A process that sends, for as long as it says so again and again. Its lanes are its own while this lasts, and anybody's afterwards.
CREATE TABLE deliverer (
  workspace smallint NOT NULL DEFAULT 1,
  id text NOT NULL,
  leased_until timestamptz NOT NULL,
  PRIMARY KEY (workspace, id)
);
-- A lane is what must keep its order and share a rate limit: a Slack method in a channel, an agent's callbacks. It has a row while a process holds it, or while
-- it pauses.
CREATE TABLE lane (
  workspace smallint NOT NULL DEFAULT 1,
  name text COLLATE "C" NOT NULL,
  -- Retry-After and backoff, kept over restarts.
  not_before timestamptz NOT NULL DEFAULT '-infinity',
  -- Which deliverer holds it.
  lease text,
  PRIMARY KEY (workspace, name)
);
-- What a process gives back at its end.
CREATE INDEX lane_held ON lane (workspace, lease) WHERE lease IS NOT NULL;

-- Where cards stand, as Slack answered; neither channel nor ts until it has.
CREATE TABLE card (
  workspace smallint NOT NULL DEFAULT 1,
  escalation_id text COLLATE "C" NOT NULL,
  place text NOT NULL,
  channel text,
  ts text,
  revision integer NOT NULL DEFAULT 0,
  -- Slack's address of the card in the channel: of this message where it is that card, else the one that was drawn on it.
  permalink text,
  -- What was drawn there to be decided on, newest first, kept before it is sent: a vote names the drawing that its author had before them. Each of 37 bytes:
  -- version (4), whether everything is on it (1), digest (32).
  drawn bytea NOT NULL DEFAULT '',
  posted_at timestamptz NOT NULL DEFAULT db_now(),
  PRIMARY KEY (workspace, escalation_id, place),
  CONSTRAINT stands_somewhere CHECK ((channel IS NULL) = (ts IS NULL))
) WITH (fillfactor = 80);
-- Messages that show several escalations.
CREATE INDEX card_by_place ON card (workspace, place) WHERE strpos(place, ':') > 0;

-- Digest of the form that somebody had before them, kept before it is shown: their answer names it. Ends with its escalation.
CREATE TABLE rendering (
  workspace smallint NOT NULL DEFAULT 1,
  escalation_id text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  surface text NOT NULL,
  user_id text NOT NULL,
  digest text NOT NULL,
  complete boolean NOT NULL,
  at timestamptz NOT NULL DEFAULT db_now(),
  PRIMARY KEY (workspace, escalation_id, version, surface, user_id)
);

-- The last answer of each on-call source, whoever of the replicas asked; `fault` says why the newest question failed.
CREATE TABLE on_call_answer (
  workspace smallint NOT NULL DEFAULT 1,
  source text NOT NULL,
  user_ids text[] NOT NULL,
  at timestamptz NOT NULL,
  until timestamptz,
  fault text,
  asked_at timestamptz NOT NULL,
  PRIMARY KEY (workspace, source)
);
-- Overrides set from Slack; never deleted, so that it can be told who was on call when.
CREATE TABLE on_call_override (
  workspace smallint NOT NULL DEFAULT 1,
  id bigint GENERATED ALWAYS AS IDENTITY,
  source text NOT NULL,
  user_id text NOT NULL CHECK (user_id ~ '^[UW][A-Z0-9]+$'),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  set_by text NOT NULL,
  PRIMARY KEY (workspace, id),
  CONSTRAINT ends_after_it_starts CHECK (ends_at >= starts_at)
);
-- Who is on call now.
CREATE INDEX on_call_override_in_force ON on_call_override (workspace, ends_at);

-- Whose App Home is open: it is drawn anew when something in it changes.
CREATE TABLE open_home (
  workspace smallint NOT NULL DEFAULT 1,
  user_id text NOT NULL,
  opened_at timestamptz NOT NULL,
  PRIMARY KEY (workspace, user_id)
);

-- An alarm about the house rings once, whoever of the replicas notices; `cleared_at` lets it ring again.
CREATE TABLE alarm (
  workspace smallint NOT NULL DEFAULT 1,
  name text NOT NULL,
  raised_at timestamptz NOT NULL,
  cleared_at timestamptz,
  PRIMARY KEY (workspace, name)
);

-- What rings at a paging service, noted before the call so that none is forgotten; each is closed when nobody is waited for any more.
CREATE TABLE pager_ring (
  workspace smallint NOT NULL DEFAULT 1,
  dedup_key text NOT NULL,
  escalation_id text COLLATE "C" NOT NULL,
  -- Whom it calls, and in which round of asking: it is stopped when that person is not waited for any more.
  user_id text NOT NULL,
  round integer NOT NULL,
  pager text NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT db_now(),
  resolved_at timestamptz,
  PRIMARY KEY (workspace, dedup_key)
);
-- What still rings for an escalation.
CREATE INDEX pager_ring_open ON pager_ring (workspace, escalation_id) WHERE resolved_at IS NULL;

-- How many pages somebody got in the last minutes: what comes above a number of them is one message that lists the rest.
CREATE TABLE page_burst (
  workspace smallint NOT NULL DEFAULT 1,
  user_id text NOT NULL,
  since timestamptz NOT NULL,
  pages integer NOT NULL,
  PRIMARY KEY (workspace, user_id)
);

-- What velocity rules ask for: how many and how much was asked for lately, kept as it is asked for, so that nobody counts what a day has brought. A sum is named by
-- 16 bytes made of all that it is about (its action type or group, its agent or target). No column can be indexed but the keys, so that updates stay in their page.
CREATE TABLE velocity_sum (
  workspace smallint NOT NULL DEFAULT 1,
  sum bytea NOT NULL,
  -- What was counted in it last, and what that had seen as the last: whoever was judged by another one is judged anew.
  last text NOT NULL,
  saw text,
  PRIMARY KEY (workspace, sum)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
-- Five minutes of a sum. Exact numbers: what is taken back leaves what it had found.
CREATE TABLE velocity_bucket (
  workspace smallint NOT NULL DEFAULT 1,
  sum bytea NOT NULL,
  starts_at timestamptz NOT NULL,
  count integer NOT NULL,
  amount numeric NOT NULL,
  PRIMARY KEY (workspace, sum, starts_at)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
-- For what no window reaches any more, and for nothing else: whoever reads a sum asks for its time as well.
CREATE INDEX velocity_bucket_old ON velocity_bucket (workspace, starts_at) WHERE starts_at > '-infinity';
-- When acts of a type were last undone in an environment. A policy may let only that be done unseen whose undoing was tried lately.
CREATE TABLE undo_rehearsal (
  workspace smallint NOT NULL DEFAULT 1,
  action_type text NOT NULL,
  environment text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (workspace, action_type, environment)
);
-- Each time that the database was put back to an earlier point and `countersign recover` dealt with what that lost. Only the owner writes here.
CREATE TABLE recovery (
  workspace smallint NOT NULL DEFAULT 1,
  number integer NOT NULL CHECK (number >= 1),
  restored_to timestamptz NOT NULL,
  -- What the server's own settings say of the point it was restored to; empty where they say nothing.
  point text NOT NULL,
  began_at timestamptz NOT NULL DEFAULT db_now(),
  -- Null while it was broken off: no server starts before it was run to its end.
  ended_at timestamptz,
  PRIMARY KEY (workspace, number)
);

-- What there is to know of a session beyond its escalations: what people told it, what it has read, for whom it works. With an empty id: of its agent as a whole.
-- Most sessions have no row. Every process keeps the rows in memory and reads each second what changed since (on the server's own clock, which nobody moves).
CREATE TYPE directive AS ENUM ('continue', 'replan', 'pause', 'terminate');
CREATE TABLE session (
  workspace smallint NOT NULL DEFAULT 1,
  agent_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  directive directive NOT NULL DEFAULT 'continue',
  reason text,
  -- Null where the policy did.
  directed_by text,
  directed_at timestamptz,
  acknowledged_at timestamptz,
  -- When all that had waited in it was ended.
  settled_at timestamptz,
  taints jsonb NOT NULL DEFAULT '[]',
  parent_agent_id text COLLATE "C",
  parent_id text COLLATE "C",
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (workspace, agent_id, id),
  CONSTRAINT told_why CHECK (directive = 'continue' OR (reason IS NOT NULL AND directed_at IS NOT NULL)),
  CONSTRAINT parent_as_a_whole CHECK ((parent_agent_id IS NULL) = (parent_id IS NULL))
);
CREATE INDEX session_changed ON session (workspace, changed_at) WHERE changed_at IS NOT NULL;
