-- Why: what is kept grows for ever. Cut by month, the indexes that are written to stay small, and a month that nobody must keep any longer is dropped in a moment,
-- rather than deleted row by row. What escalations and their cards are loaded from by their ids is not cut, and goes row by row with its month: each look would begin by opening every month. The application owns nothing: it may only ask for months to be made and dropped, by the functions below.

-- How the id of an escalation begins that was opened at a time: src/engine/ids.ts does the same, and a test compares them.
CREATE FUNCTION first_id_at(cell text, at timestamptz) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  letters constant text := '0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz';
  rest bigint := floor(extract(epoch FROM at) * 1000);
  name text := '';
BEGIN
  FOR i IN 1..8 LOOP
    name := substr(letters, (rest % 54)::int + 1, 1) || name;
    rest := rest / 54;
  END LOOP;
  RETURN 'esc_' || cell || name;
END $$;

-- The tables that are cut.
CREATE TABLE monthly (name text PRIMARY KEY);
INSERT INTO monthly VALUES ('decision'), ('vote'), ('audit_entry'), ('audit_secret');

-- The months there are. `sealed_at`: its audit entries are signed for outside this database; without that it is never dropped. `held_for`: why somebody wants it kept.
CREATE TABLE month (
  begins timestamptz PRIMARY KEY,
  cell text NOT NULL,
  sealed_at timestamptz,
  held_for text
);

-- What ids of this database begin with, and ever began with: whoever looks through them by time asks for each.
CREATE TABLE cell (name text PRIMARY KEY);

-- Streams that belong to no escalation, and ids from before the first month, after the last, or of another cell.
DO $$
DECLARE t record;
BEGIN
  FOR t IN SELECT name FROM monthly LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', t.name || '_other', t.name);
  END LOOP;
END $$;

-- Makes the months that are missing from this one on; answers how many it made. Each replica may ask for it every day.
CREATE FUNCTION make_partitions(cell text, ahead integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  t record;
  first_day timestamptz;
  made integer := 0;
BEGIN
  IF cell !~ '^[a-z0-9]{0,8}$' OR ahead NOT BETWEEN 0 AND 120 THEN
    RAISE EXCEPTION 'no such cell, or too many months: % %', cell, ahead USING ERRCODE = 'invalid_parameter_value';
  END IF;
  INSERT INTO cell VALUES (make_partitions.cell) ON CONFLICT DO NOTHING;
  PERFORM pg_advisory_xact_lock(7267391, 2);
  FOR i IN 0..ahead LOOP
    first_day := date_trunc('month', db_now(), 'UTC') + make_interval(months => i);
    CONTINUE WHEN EXISTS (SELECT FROM month WHERE begins = first_day);
    FOR t IN SELECT name FROM monthly LOOP
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', t.name || to_char(first_day AT TIME ZONE 'UTC', '_YYYY_MM'), t.name,
        first_id_at(cell, first_day), first_id_at(cell, first_day + interval '1 month'));
    END LOOP;
    INSERT INTO month (begins, cell) VALUES (first_day, make_partitions.cell);
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;

-- Drops a month with all that was opened in it, its cards, what rang for it and the keys that led there. Refused while anything of it is open, unsealed or held.
CREATE FUNCTION drop_partition(month_begins timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  t record;
  m month;
  from_id text;
  to_id text;
BEGIN
  SELECT * INTO m FROM month WHERE begins = month_begins FOR UPDATE;
  IF m IS NULL THEN
    RAISE EXCEPTION 'there is no month that begins at %', month_begins USING ERRCODE = 'undefined_object';
  END IF;
  from_id := first_id_at(m.cell, m.begins);
  to_id := first_id_at(m.cell, m.begins + interval '1 month');
  IF m.begins + interval '1 month' > db_now() THEN
    RAISE EXCEPTION 'the month of % is not over', m.begins USING ERRCODE = 'object_in_use';
  ELSIF EXISTS (SELECT FROM live WHERE id >= from_id AND id < to_id) THEN
    RAISE EXCEPTION 'something that was opened in the month of % is still open', m.begins USING ERRCODE = 'object_in_use';
  ELSIF m.sealed_at IS NULL THEN
    RAISE EXCEPTION 'the audit of the month of % is not sealed', m.begins USING ERRCODE = 'object_in_use';
  ELSIF m.held_for IS NOT NULL THEN
    RAISE EXCEPTION 'the month of % is held: %', m.begins, m.held_for USING ERRCODE = 'object_in_use';
  END IF;
  FOR t IN SELECT name FROM monthly LOOP
    EXECUTE format('DROP TABLE %I', t.name || to_char(m.begins AT TIME ZONE 'UTC', '_YYYY_MM'));
  END LOOP;
  DELETE FROM opened WHERE id >= from_id AND id < to_id;
  DELETE FROM ended WHERE id >= from_id AND id < to_id;
  DELETE FROM idempotency WHERE id >= from_id AND id < to_id;
  DELETE FROM card WHERE escalation_id >= from_id AND escalation_id < to_id;
  DELETE FROM pager_ring WHERE escalation_id >= from_id AND escalation_id < to_id;
  DELETE FROM month WHERE begins = m.begins;
END $$;
REVOKE EXECUTE ON FUNCTION make_partitions(text, integer), drop_partition(timestamptz) FROM PUBLIC;
