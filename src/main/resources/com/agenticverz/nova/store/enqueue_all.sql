-- Puts many runs into the queue, in the order of the arrays. A known idempotency key changes nothing; so does the second of
-- two in the arrays. Returns a row for each, in that order, and which of them are new.
WITH given AS MATERIALIZED (
  -- created_at is the same for all of them: the order of the queue is that of the ids, and so that of the arrays.
  SELECT nova_run_id() AS id, r.*
  FROM unnest(
      CAST(:agent_ids AS text[]), CAST(:goals AS text[]), CAST(:plans AS text[]), CAST(:priorities AS int[]),
      CAST(:max_attempts AS int[]), CAST(:next_attempts_at AS text[]), CAST(:expire_at AS text[]),
      CAST(:timeouts_seconds AS float8[]), CAST(:idempotency_keys AS text[]), CAST(:concurrency_keys AS text[]))
    WITH ORDINALITY AS r (agent_id, goal, plan, priority, max_attempts, next_attempt_at, expires_at, timeout_seconds,
      idempotency_key, concurrency_key, n)
  ORDER BY n
), new AS (
  INSERT INTO runs (id, agent_id, goal, plan, priority, max_attempts, next_attempt_at, expires_at, timeout_seconds,
                    idempotency_key, concurrency_key)
  SELECT id, agent_id, goal, CAST(plan AS jsonb), priority, max_attempts, CAST(next_attempt_at AS timestamptz),
         CAST(expires_at AS timestamptz), timeout_seconds, idempotency_key, concurrency_key
  FROM given
  -- Two statements that write the same keys in different orders would wait for each other.
  ORDER BY idempotency_key, n
  ON CONFLICT (idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
  RETURNING id
)
SELECT given.id, new.id IS NOT NULL AS created
FROM given LEFT JOIN new ON new.id = given.id
ORDER BY given.n
