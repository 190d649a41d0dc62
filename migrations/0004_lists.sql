-- Why: what is asked all the time must not read all that waits: the lists and Homes of reviewers, the batches, and the auditor.

-- One page of a queue in its order. The old index lacked the id, so that each page sorted the whole queue anew.
CREATE INDEX escalation_waiting_in_order ON escalation (queue, deadline, id) WHERE state = 'paused_pending_human';
DROP INDEX escalation_waiting;

-- What waits in the batches of a person. Only what is in a batch stands in it; most escalations never are.
CREATE INDEX escalation_batched ON escalation USING gin ((progress -> 'paging' -> 'batches') jsonb_path_ops)
  WHERE state = 'paused_pending_human' AND progress -> 'paging' -> 'batches' <> '[]';

-- Always empty, because `everything_ends` holds: the auditor, who does not rely on that, looks every few seconds.
CREATE INDEX escalation_forgotten ON escalation (id) WHERE ended_at IS NULL AND due_at IS NULL;
