-- What is sent to runs from the outside, and which of it a sleeping run waits for.

-- Short, as it may take: adding columns needs the table for itself for a moment. No defaults, so that no row is written
-- anew, and the rows of runs that nothing is sent to are no longer than before.
ALTER TABLE runs
  -- of a run that is scheduled: one of these signals ends its sleep. Of any other run it means nothing
  ADD COLUMN waits_for text[],
  -- how many were sent to it so far; NULL: none. Whoever puts the run to sleep compares it with what the step has seen
  ADD COLUMN signals int;

COMMENT ON COLUMN runs.waits_for IS 'of a scheduled run: the signals that end its sleep';
COMMENT ON COLUMN runs.signals IS 'how many signals were sent to it; NULL: none';

CREATE TABLE run_signals (
  run_id           uuid NOT NULL,
  name             text NOT NULL,
  -- their order
  id               bigint GENERATED ALWAYS AS IDENTITY,
  payload          jsonb NOT NULL,
  idempotency_key  text,
  sent_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- the step whose signal it is; NULL: it waits for one to ask
  taken_by         text,
  taken_at         timestamptz,
  PRIMARY KEY (run_id, name, id)
);

-- A signal that is sent twice with the same key is one.
CREATE UNIQUE INDEX run_signals_idempotency_key ON run_signals (run_id, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
-- A step has one signal of a name, even where a try that was left behind asks beside the next one.
CREATE UNIQUE INDEX run_signals_taken_by ON run_signals (run_id, taken_by, name) WHERE taken_by IS NOT NULL;

COMMENT ON TABLE run_signals IS 'Nova: what was sent to runs; send with SELECT nova_signal(…)';

-- Since when steps wait: their deadlines outlive sleep, nodes and attempts.
CREATE TABLE run_waits (
  run_id   uuid NOT NULL,
  step_id  text NOT NULL,
  name     text NOT NULL,
  since    timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (run_id, step_id, name)
);

COMMENT ON TABLE run_waits IS 'Nova: since when steps of runs wait for signals';

-- As with the steps: no foreign key, and they go with their run.
CREATE FUNCTION nova_delete_signals() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM run_signals;
    DELETE FROM run_waits;
  ELSE
    DELETE FROM run_signals s USING deleted WHERE s.run_id = deleted.id;
    DELETE FROM run_waits w USING deleted WHERE w.run_id = deleted.id;
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER runs_delete_signals AFTER DELETE ON runs REFERENCING OLD TABLE AS deleted
  FOR EACH STATEMENT EXECUTE FUNCTION nova_delete_signals();
CREATE TRIGGER runs_truncate_signals AFTER TRUNCATE ON runs FOR EACH STATEMENT EXECUTE FUNCTION nova_delete_signals();

-- Sends a signal to a run. Returns what became of it:
--   woken  the run slept until it should come, and is in the queue again
--   kept   it is there for the run when that asks for it
--   known  one with this key was sent to the run before; this one changes nothing
CREATE FUNCTION nova_signal(run_id uuid, name text, payload jsonb DEFAULT 'null', idempotency_key text DEFAULT NULL)
RETURNS text LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  run record;
  sleeps boolean;
BEGIN
  IF name IS NULL OR name !~ '^[\x20-\x7E]{1,200}$' OR btrim(name) = '' THEN
    RAISE EXCEPTION 'the name of a signal is ''%''; allowed: 1 to 200 characters of visible ASCII and spaces',
      coalesce(left(name, 200), 'NULL') USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF octet_length(payload::text) > 1000000 THEN
    RAISE EXCEPTION 'the payload of a signal has % bytes; allowed: at most 1000000', octet_length(payload::text)
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF idempotency_key = '' OR octet_length(idempotency_key) > 1000 THEN
    RAISE EXCEPTION 'the idempotency key of a signal has % bytes; allowed: 1 to 1000', octet_length(idempotency_key)
      USING ERRCODE = 'invalid_parameter_value';
  END IF;

  -- Locked before anything is looked at: what puts the run to sleep waits for this, or this sees it asleep.
  SELECT r.status, r.waits_for INTO run FROM runs r WHERE r.id = nova_signal.run_id FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no run %', coalesce(run_id::text, 'NULL') USING ERRCODE = 'no_data_found';
  END IF;
  -- Before the look at its status: the run may have ended for what was sent the first time.
  IF EXISTS (SELECT FROM run_signals s
             WHERE s.run_id = nova_signal.run_id AND s.idempotency_key = nova_signal.idempotency_key) THEN
    RETURN 'known';
  END IF;
  IF run.status IN ('succeeded', 'failed', 'cancelled') THEN
    RAISE EXCEPTION 'run % is %; it takes no signal', run_id, run.status
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;

  INSERT INTO run_signals (run_id, name, payload, idempotency_key)
  VALUES (nova_signal.run_id, nova_signal.name, coalesce(nova_signal.payload, 'null'), nova_signal.idempotency_key);
  sleeps := run.status = 'scheduled' AND coalesce(name = ANY (run.waits_for), false);
  IF NOT sleeps THEN
    UPDATE runs r SET signals = coalesce(r.signals, 0) + 1 WHERE r.id = nova_signal.run_id;
    RETURN 'kept';
  END IF;
  UPDATE runs r
  SET signals = coalesce(r.signals, 0) + 1, status = 'queued', next_attempt_at = now(), waits_for = NULL
  WHERE r.id = nova_signal.run_id;
  -- As after an insert.
  IF EXISTS (SELECT FROM leases l WHERE l.name = 'poller' AND l.idle) THEN
    PERFORM pg_notify('nova_runs', '');
  END IF;
  RETURN 'woken';
END
$$;

COMMENT ON FUNCTION nova_signal IS 'Nova: sends a signal to a run; returns woken, kept or known';
