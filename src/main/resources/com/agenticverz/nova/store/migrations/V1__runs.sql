-- Works on PostgreSQL 14 to 18. Migrations only expand: two versions of Nova share one database during every deploy.

-- Time-ordered uuids (version 7): neighbours in time are neighbours in every index, so an insert touches few pages.
-- PostgreSQL 18 has them built in; before that, 48 bits of milliseconds, 12 bits of the millisecond fraction, and the
-- rest random, as RFC 9562 allows (method 3).
DO $$
BEGIN
  IF current_setting('server_version_num')::int >= 180000 THEN
    CREATE FUNCTION nova_run_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
    AS 'SELECT uuidv7()';
  ELSE
    CREATE FUNCTION nova_run_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
    AS $f$
      SELECT encode(
        substring(int8send(micros / 1000) FROM 3)
          || substring(int8send(28672 + (micros % 1000) * 4096 / 1000) FROM 7)
          || substring(uuid_send(gen_random_uuid()) FROM 9), 'hex')::uuid
      FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros) AS clock
    $f$;
  END IF;
END
$$;

CREATE TABLE runs (
  id               uuid PRIMARY KEY DEFAULT nova_run_id(),
  agent_id         text NOT NULL CONSTRAINT runs_agent_id_not_too_long CHECK (octet_length(agent_id) <= 1000),
  goal             text,
  -- Bounded, because a batch of them must fit into the memory of the poller and of a node. The size as stored: a look at
  -- a row that is updated reads no more than that row.
  plan             jsonb NOT NULL CONSTRAINT runs_plan_not_too_large CHECK (pg_column_size(plan) <= 1048576),
  status           text NOT NULL DEFAULT 'queued'
                   CONSTRAINT runs_status_is_known CHECK (status IN
                     ('queued', 'scheduled', 'retry', 'running', 'succeeded', 'failed', 'cancelled')),
  -- The claim orders by -priority, which the smallest int does not have.
  priority         int NOT NULL DEFAULT 0
                   CONSTRAINT runs_priority_in_range CHECK (priority BETWEEN -1000000 AND 1000000),
  -- Bounded, because a write that raises it must not overflow and take its whole batch along.
  attempts         int NOT NULL DEFAULT 0
                   CONSTRAINT runs_attempts_in_range CHECK (attempts BETWEEN 0 AND 1000000000),
  -- NULL: RUN_MAX_ATTEMPTS of the cluster, whatever it is when it matters
  max_attempts     int CONSTRAINT runs_max_attempts_positive CHECK (max_attempts > 0),
  -- Finite, because the poller keeps its place by it.
  created_at       timestamptz NOT NULL DEFAULT now()
                   CONSTRAINT runs_created_at_finite CHECK (isfinite(created_at)),
  started_at       timestamptz,
  completed_at     timestamptz,
  next_attempt_at  timestamptz,
  timeout_seconds  double precision CONSTRAINT runs_timeout_in_range CHECK (timeout_seconds > 0 AND timeout_seconds <= 8640000),
  claimed_by       uuid,
  claim_id         bigint,
  idempotency_key  text,
  result           jsonb,
  error_message    text,
  duration_ms      double precision,
  parent_run_id    uuid
);

-- The claim: the queue in the order in which it is served. Only queued rows are in it, so finished ones cost nothing.
CREATE INDEX runs_to_claim ON runs ((-priority), created_at, id) WHERE status = 'queued';

-- The promotion: what is not due yet, by the moment at which it is; without a moment it is due at once. The status is
-- in it so that the gauge of waiting runs counts the retries without a look at the table.
CREATE INDEX runs_to_promote ON runs (coalesce(next_attempt_at, '-infinity'::timestamptz), status)
  WHERE status IN ('scheduled', 'retry');

-- The rescue and the heartbeat: who holds what. Only runs that last are ever marked running, so it stays tiny.
CREATE INDEX runs_by_holder ON runs (claimed_by) WHERE status = 'running';

-- The promise of the idempotency key. Partial: most runs have none.
CREATE UNIQUE INDEX runs_idempotency_key ON runs (idempotency_key) WHERE idempotency_key IS NOT NULL;

COMMENT ON TABLE runs IS 'Nova: enqueue with INSERT, look with SELECT';
COMMENT ON COLUMN runs.attempts IS 'attempts used up';
COMMENT ON COLUMN runs.max_attempts IS 'NULL: RUN_MAX_ATTEMPTS';
COMMENT ON COLUMN runs.next_attempt_at IS 'not before this moment';
COMMENT ON COLUMN runs.timeout_seconds IS 'for one attempt; NULL: RUN_TIMEOUT';

-- Who has what: one row a claim, which lists a batch of runs. It goes when none of its runs needs it any more.
CREATE TABLE claims (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  node_id     uuid NOT NULL,
  epoch       bigint NOT NULL,
  run_ids     uuid[] NOT NULL,
  attempts    int[] NOT NULL,
  claimed_at  timestamptz NOT NULL DEFAULT now()
);

-- A node is one incarnation of one process: a restart is a new node.
CREATE TABLE nodes (
  id            uuid PRIMARY KEY,
  address       text NOT NULL,
  app_version   text NOT NULL,
  concurrency   int NOT NULL,
  draining      boolean NOT NULL DEFAULT false,
  started_at    timestamptz NOT NULL DEFAULT now(),
  heartbeat_at  timestamptz NOT NULL DEFAULT now()
);

-- Row leases by the clock of the database. The epoch rises with every change of hands, so that a statement can name it
-- and change nothing when its holder has been deposed.
CREATE TABLE leases (
  name        text PRIMARY KEY,
  owner       text NOT NULL,
  epoch       bigint NOT NULL,
  expires_at  timestamptz NOT NULL,
  -- for the poller: nothing to claim, so an insert is to wake it
  idle        boolean NOT NULL DEFAULT false
);

-- These four see many small updates and deletes; the defaults wait for a fifth of the table to be dead.
ALTER TABLE runs SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE claims SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE nodes SET (fillfactor = 50);
ALTER TABLE leases SET (fillfactor = 50);

-- A run inserted as queued for later is scheduled: the claim never walks over it. On insert only, because a row trigger
-- on update locks every row a second time, even where its condition is false.
CREATE FUNCTION nova_schedule_future_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.status := 'scheduled';
  RETURN NEW;
END
$$;

CREATE TRIGGER runs_schedule_future BEFORE INSERT ON runs FOR EACH ROW
  WHEN (NEW.status = 'queued' AND NEW.next_attempt_at > now())
  EXECUTE FUNCTION nova_schedule_future_run();

-- Wakes the poller, and only while it is idle: every NOTIFY takes one lock of the whole database at commit.
CREATE FUNCTION nova_wake_poller() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM leases WHERE name = 'poller' AND idle) THEN
    PERFORM pg_notify('nova_runs', '');
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER runs_wake_poller AFTER INSERT ON runs FOR EACH STATEMENT EXECUTE FUNCTION nova_wake_poller();
