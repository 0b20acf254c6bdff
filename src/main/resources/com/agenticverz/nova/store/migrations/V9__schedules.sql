-- Runs that are enqueued by the clock. People write the upper columns, by SQL, by commands or over HTTP, and the poller
-- follows at once; the lower ones say how it gets on.
CREATE TABLE schedules (
  -- It stands in the idempotency key of each run, in paths and on command lines.
  name             text PRIMARY KEY
                   CONSTRAINT schedules_name_is_allowed CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$'),
  -- minute, hour, day of the month, month, day of the week; before them, if there are six, the second
  cron             text NOT NULL CONSTRAINT schedules_cron_length CHECK (octet_length(cron) BETWEEN 1 AND 1000),
  time_zone        text NOT NULL DEFAULT 'UTC'
                   CONSTRAINT schedules_time_zone_length CHECK (octet_length(time_zone) BETWEEN 1 AND 100),

  -- What each run is like: as the columns of runs are. {{tick}} in the texts of the plan and in the goal is its tick.
  agent_id         text NOT NULL CONSTRAINT schedules_agent_id_not_too_long CHECK (octet_length(agent_id) <= 1000),
  plan             jsonb NOT NULL
                   CONSTRAINT schedules_plan_is_an_object CHECK (jsonb_typeof(plan) = 'object')
                   CONSTRAINT schedules_plan_not_too_large CHECK (pg_column_size(plan) <= 1048576),
  goal             text,
  priority         int NOT NULL DEFAULT 0
                   CONSTRAINT schedules_priority_in_range CHECK (priority BETWEEN -1000000 AND 1000000),
  max_attempts     int CONSTRAINT schedules_max_attempts_positive CHECK (max_attempts > 0),
  timeout_seconds  double precision
                   CONSTRAINT schedules_timeout_in_range CHECK (timeout_seconds > 0 AND timeout_seconds <= 8640000),
  concurrency_key  text
                   CONSTRAINT schedules_concurrency_key_not_too_long CHECK (octet_length(concurrency_key) BETWEEN 1 AND 1000),

  -- what a tick does while the run of an earlier one has not ended
  overlap          text NOT NULL DEFAULT 'queue'
                   CONSTRAINT schedules_overlap_is_known CHECK (overlap IN ('queue', 'skip', 'cancel_previous')),
  -- what becomes of ticks that nobody saw in time
  catch_up         text NOT NULL DEFAULT 'last'
                   CONSTRAINT schedules_catch_up_is_known CHECK (catch_up IN ('none', 'last', 'all')),
  -- each run is due up to so much later than its tick, always the same for the same tick
  jitter_seconds   int NOT NULL DEFAULT 0 CONSTRAINT schedules_jitter_in_range CHECK (jitter_seconds BETWEEN 0 AND 86400),
  paused           boolean NOT NULL DEFAULT false,

  -- NULL: not computed yet. Who sets it by hand gets a tick at that moment.
  next_tick_at     timestamptz CONSTRAINT schedules_next_tick_at_finite CHECK (isfinite(next_tick_at)),
  last_tick_at     timestamptz,
  last_run_id      uuid,
  -- why it does not tick
  error            text,
  -- Its ticks are those after this moment: a poller that comes late does not lose the first ones.
  ticks_after      timestamptz NOT NULL DEFAULT clock_timestamp()
                   CONSTRAINT schedules_ticks_after_finite CHECK (isfinite(ticks_after)),
  updated_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);

COMMENT ON TABLE schedules IS 'Nova: runs that are enqueued by the clock; takes effect when it is changed';
COMMENT ON COLUMN schedules.cron IS 'minute hour day-of-month month day-of-week; with six fields, the second is the first';
COMMENT ON COLUMN schedules.error IS 'why it does not tick; NULL: it does';

CREATE INDEX schedules_to_tick ON schedules (next_tick_at) WHERE NOT paused;

-- A schedule that is new, has another cron or time zone, or goes on after a pause, ticks from now on.
CREATE FUNCTION nova_schedule_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.next_tick_at := NULL;
    NEW.last_tick_at := NULL;
    NEW.last_run_id := NULL;
    NEW.ticks_after := clock_timestamp();
  ELSIF (NEW.cron, NEW.time_zone) IS DISTINCT FROM (OLD.cron, OLD.time_zone) OR OLD.paused AND NOT NEW.paused THEN
    NEW.next_tick_at := NULL;
    NEW.ticks_after := clock_timestamp();
  END IF;
  NEW.error := NULL;
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END
$$;

CREATE TRIGGER schedules_anew BEFORE INSERT ON schedules FOR EACH ROW EXECUTE FUNCTION nova_schedule_anew();

-- By the columns that people write: what the poller writes concerns neither the log nor the poller.
CREATE TRIGGER schedules_changed BEFORE UPDATE ON schedules FOR EACH ROW
  WHEN ((OLD.name, OLD.cron, OLD.time_zone, OLD.agent_id, OLD.plan, OLD.goal, OLD.priority, OLD.max_attempts,
         OLD.timeout_seconds, OLD.concurrency_key, OLD.overlap, OLD.catch_up, OLD.jitter_seconds, OLD.paused)
        IS DISTINCT FROM
        (NEW.name, NEW.cron, NEW.time_zone, NEW.agent_id, NEW.plan, NEW.goal, NEW.priority, NEW.max_attempts,
         NEW.timeout_seconds, NEW.concurrency_key, NEW.overlap, NEW.catch_up, NEW.jitter_seconds, NEW.paused))
  EXECUTE FUNCTION nova_schedule_anew();

CREATE FUNCTION nova_tell_scheduler() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('nova_runs', 'schedules');
  RETURN NULL;
END
$$;

CREATE TRIGGER schedules_audit AFTER INSERT OR DELETE ON schedules
  FOR EACH ROW EXECUTE FUNCTION nova_audit('name');
-- updated_at is another one with each change by people, and no other.
CREATE TRIGGER schedules_audit_change AFTER UPDATE ON schedules FOR EACH ROW
  WHEN (OLD.updated_at IS DISTINCT FROM NEW.updated_at) EXECUTE FUNCTION nova_audit('name');
CREATE TRIGGER schedules_tell AFTER INSERT ON schedules
  FOR EACH STATEMENT EXECUTE FUNCTION nova_tell_scheduler();
CREATE TRIGGER schedules_tell_change AFTER UPDATE ON schedules FOR EACH ROW
  WHEN (OLD.updated_at IS DISTINCT FROM NEW.updated_at) EXECUTE FUNCTION nova_tell_scheduler();
