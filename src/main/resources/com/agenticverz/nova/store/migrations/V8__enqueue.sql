-- What enqueuing from SQL stands on: one function that checks, knows idempotency keys, and enqueues the same plan of an agent
-- once within a time.

-- Which run stands for a plan of an agent, and until when another one of it is not enqueued. Only runs that are enqueued
-- with unique_for have a row; no foreign key, so that runs are deleted as fast as before: a row whose run is gone says
-- nothing.
CREATE TABLE run_uniques (
  agent_id  text COLLATE "C" NOT NULL,
  -- SHA-256 of the plan as jsonb writes it: neither the order of the keys nor spaces make another plan
  digest    bytea NOT NULL,
  run_id    uuid NOT NULL,
  until     timestamptz NOT NULL,
  PRIMARY KEY (agent_id, digest)
);
CREATE INDEX run_uniques_until ON run_uniques (until);

COMMENT ON TABLE run_uniques IS 'Nova: which plans of agents are not enqueued a second time, and until when';

-- Enqueues a run, in the transaction of the caller. Returns one row: the id of the run, and whether this call has created
-- it. It has not where a run with the idempotency key is there, or where the agent has enqueued the same plan with
-- unique_for and that time has not passed: then the id is that of the earlier run, and nothing is written.
-- The full check of the plan is that of the nodes.
CREATE FUNCTION nova_enqueue(
  agent_id         text,
  plan             jsonb,
  goal             text DEFAULT NULL,
  priority         int DEFAULT 0,
  delay            interval DEFAULT NULL,
  next_attempt_at  timestamptz DEFAULT NULL,
  expires_at       timestamptz DEFAULT NULL,
  timeout_seconds  double precision DEFAULT NULL,
  max_attempts     int DEFAULT NULL,
  idempotency_key  text DEFAULT NULL,
  concurrency_key  text DEFAULT NULL,
  unique_for       interval DEFAULT NULL,
  parent_run_id    uuid DEFAULT NULL)
RETURNS TABLE (id uuid, created boolean) LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  steps jsonb := CASE WHEN jsonb_typeof(plan) = 'object' AND jsonb_typeof(plan -> 'steps') = 'array' THEN plan -> 'steps' END;
  no_skill bigint;
  problem text;
  plan_digest bytea;
  new_id uuid;
  known_id uuid;
BEGIN
  SELECT min(s.n) - 1 INTO no_skill FROM jsonb_array_elements(steps) WITH ORDINALITY AS s (step, n)
  WHERE jsonb_typeof(s.step -> 'skill') IS DISTINCT FROM 'string';
  problem := CASE
    WHEN coalesce(btrim(agent_id), '') = '' OR octet_length(agent_id) > 1000 THEN
      format('agent_id is %s; allowed: text that is not blank, of at most 1000 bytes',
             coalesce('''' || left(agent_id, 80) || '''', 'NULL'))
    WHEN coalesce(jsonb_array_length(steps), 0) = 0 THEN
      format('plan is %s; allowed: an object with the array steps, of at least one step',
             coalesce(left(plan::text, 80), 'NULL'))
    WHEN no_skill IS NOT NULL THEN
      format('plan: /steps/%s is %s; allowed: an object with the text skill', no_skill,
             left((steps -> no_skill::int)::text, 80))
    WHEN priority NOT BETWEEN -1000000 AND 1000000 THEN
      format('priority is %s; allowed: -1000000 to 1000000', priority)
    WHEN delay IS NOT NULL AND next_attempt_at IS NOT NULL THEN
      'delay and next_attempt_at exclude each other'
    WHEN delay < interval '0' THEN
      format('delay is %s; allowed: 0 or more', delay)
    WHEN timeout_seconds <= 0 OR timeout_seconds > 8640000 THEN
      format('timeout_seconds is %s; allowed: more than 0, at most 8640000', timeout_seconds)
    WHEN max_attempts < 1 THEN
      format('max_attempts is %s; allowed: 1 or more', max_attempts)
    WHEN octet_length(idempotency_key) NOT BETWEEN 1 AND 1000 THEN
      format('idempotency_key has %s bytes; allowed: 1 to 1000', octet_length(idempotency_key))
    WHEN octet_length(concurrency_key) NOT BETWEEN 1 AND 1000 THEN
      format('concurrency_key has %s bytes; allowed: 1 to 1000', octet_length(concurrency_key))
    WHEN unique_for <= interval '0' OR unique_for > interval '365 days' THEN
      format('unique_for is %s; allowed: more than 0, at most 365 days', unique_for)
  END;
  IF problem IS NOT NULL THEN
    RAISE EXCEPTION '%', problem USING ERRCODE = 'invalid_parameter_value';
  END IF;

  new_id := nova_run_id();
  plan_digest := CASE WHEN unique_for IS NOT NULL THEN sha256(convert_to(plan::text, 'UTF8')) END;
  LOOP
    known_id := NULL;
    IF idempotency_key IS NOT NULL THEN
      SELECT r.id INTO known_id FROM runs r WHERE r.idempotency_key = nova_enqueue.idempotency_key;
    END IF;
    IF known_id IS NULL AND unique_for IS NOT NULL THEN
      -- Most that are known are found here, without a lock that others would wait for.
      SELECT u.run_id INTO known_id FROM run_uniques u JOIN runs r ON r.id = u.run_id
      WHERE u.agent_id = nova_enqueue.agent_id AND u.digest = plan_digest AND u.until > clock_timestamp();
      IF known_id IS NULL THEN
        -- Of several at once one writes the row. The others wait until that one's transaction has ended: after a rollback
        -- the next one writes it, after a commit they find the time not passed and change nothing.
        INSERT INTO run_uniques AS u (agent_id, digest, run_id, until)
        VALUES (nova_enqueue.agent_id, plan_digest, new_id, clock_timestamp() + nova_enqueue.unique_for)
        ON CONFLICT (agent_id, digest) DO UPDATE SET run_id = excluded.run_id, until = excluded.until
        WHERE u.until <= clock_timestamp();
        IF NOT FOUND THEN
          -- A statement of its own: it sees what the others have committed while that one waited.
          SELECT u.run_id INTO known_id FROM run_uniques u JOIN runs r ON r.id = u.run_id
          WHERE u.agent_id = nova_enqueue.agent_id AND u.digest = plan_digest;
          IF known_id IS NULL THEN
            -- That run was deleted. The row is locked by this transaction.
            UPDATE run_uniques u SET run_id = new_id, until = clock_timestamp() + nova_enqueue.unique_for
            WHERE u.agent_id = nova_enqueue.agent_id AND u.digest = plan_digest;
          END IF;
        END IF;
      END IF;
    END IF;
    IF known_id IS NOT NULL THEN
      id := known_id;
      created := false;
      RETURN NEXT;
      RETURN;
    END IF;

    INSERT INTO runs (id, agent_id, goal, plan, priority, next_attempt_at, expires_at, timeout_seconds, max_attempts,
                      idempotency_key, concurrency_key, parent_run_id)
    VALUES (new_id, nova_enqueue.agent_id, nova_enqueue.goal, nova_enqueue.plan, coalesce(nova_enqueue.priority, 0),
            coalesce(nova_enqueue.next_attempt_at, now() + nova_enqueue.delay), nova_enqueue.expires_at,
            nova_enqueue.timeout_seconds, nova_enqueue.max_attempts, nova_enqueue.idempotency_key,
            nova_enqueue.concurrency_key, nova_enqueue.parent_run_id)
    ON CONFLICT (idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING;
    EXIT WHEN FOUND;
    -- Another one with the key was quicker: it is found above. What stands for a run that is not there goes first.
    IF unique_for IS NOT NULL THEN
      DELETE FROM run_uniques u
      WHERE u.agent_id = nova_enqueue.agent_id AND u.digest = plan_digest AND u.run_id = new_id;
    END IF;
  END LOOP;

  IF unique_for IS NOT NULL THEN
    -- Each new row takes away two that nobody has needed for an hour, so there are never more of them than were written in
    -- that time. Not those that somebody else is at; by their place, which cannot change while they are locked.
    DELETE FROM run_uniques u WHERE u.ctid = ANY (ARRAY(
      SELECT o.ctid FROM run_uniques o WHERE o.until < now() - interval '1 hour'
      ORDER BY o.until LIMIT 2 FOR UPDATE SKIP LOCKED));
  END IF;
  id := new_id;
  created := true;
  RETURN NEXT;
END
$$;

COMMENT ON FUNCTION nova_enqueue IS 'Nova: enqueues a run; returns its id, and whether it is new or was known';
