-- Why: who sends a submission again with the same Idempotency-Key is promised the first answer, whatever has become of it meanwhile.
ALTER TABLE escalation ADD COLUMN first_answer jsonb;
