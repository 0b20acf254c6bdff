-- What a run has done so far, so that it goes on after its last finished step whatever happens to its node. A run of one
-- step has no row here; of several steps, all but the last one: its output is the end of the run.
CREATE TABLE run_steps (
  run_id         uuid NOT NULL,
  step_id        text NOT NULL,
  -- a step whose skill has been changed by hand since is executed again
  skill          text NOT NULL,
  output         jsonb,
  -- of a step that failed and let its run go on ("on_error": "continue")
  error_message  text,
  -- the attempt at the run in which it was finished, and how often the step was tried in that
  attempt        int NOT NULL,
  tries          int NOT NULL,
  started_at     timestamptz NOT NULL,
  completed_at   timestamptz NOT NULL,
  PRIMARY KEY (run_id, step_id)
);

COMMENT ON TABLE run_steps IS 'Nova: finished steps of runs that have several';

-- No foreign key: it would lock, and so rewrite, the row of the run at every step. Whoever deletes runs takes their steps
-- along all the same.
-- As the owner, and in this schema: who may delete runs need know nothing of steps.
CREATE FUNCTION nova_delete_steps() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    -- Not TRUNCATE, which could not be if both tables are truncated in one statement.
    DELETE FROM run_steps;
  ELSE
    DELETE FROM run_steps s USING deleted WHERE s.run_id = deleted.id;
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER runs_delete_steps AFTER DELETE ON runs REFERENCING OLD TABLE AS deleted
  FOR EACH STATEMENT EXECUTE FUNCTION nova_delete_steps();
CREATE TRIGGER runs_truncate_steps AFTER TRUNCATE ON runs FOR EACH STATEMENT EXECUTE FUNCTION nova_delete_steps();
