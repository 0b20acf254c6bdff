-- What skills say of steps while they work on them: how far a step is, for people, and the detail from which another attempt
-- at it goes on. A step that says nothing has no row. The rows stay until their run is deleted.
CREATE TABLE step_progress (
  run_id      uuid NOT NULL,
  step_id     text NOT NULL,
  -- how far the step is, from 0 to 1
  fraction    double precision,
  note        text,
  -- what the last heartbeat said
  detail      jsonb,
  -- the attempt at the run that said it
  attempt     int NOT NULL,
  updated_at  timestamptz NOT NULL,
  PRIMARY KEY (run_id, step_id)
-- Each row may be written once a second: there is room for its next versions in its page, and none of them needs an index
-- entry of its own.
) WITH (fillfactor = 50);

COMMENT ON TABLE step_progress IS 'Nova: what skills say of the steps that they work on';

-- As with run_steps (V4): no foreign key, and as the owner.
CREATE FUNCTION nova_delete_progress() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM step_progress;
  ELSE
    DELETE FROM step_progress p USING deleted WHERE p.run_id = deleted.id;
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER runs_delete_progress AFTER DELETE ON runs REFERENCING OLD TABLE AS deleted
  FOR EACH STATEMENT EXECUTE FUNCTION nova_delete_progress();
CREATE TRIGGER runs_truncate_progress AFTER TRUNCATE ON runs FOR EACH STATEMENT EXECUTE FUNCTION nova_delete_progress();
