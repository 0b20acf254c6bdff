-- Puts many runs into the queue, in the order of the arrays. A known idempotency key changes nothing and returns
-- nothing; so does the second of two in the arrays.
INSERT INTO runs (agent_id, goal, plan, priority, max_attempts, next_attempt_at, timeout_seconds, idempotency_key)
SELECT agent_id, goal, CAST(plan AS jsonb), priority, max_attempts, CAST(next_attempt_at AS timestamptz),
       timeout_seconds, idempotency_key
FROM unnest(
    CAST(:agent_ids AS text[]), CAST(:goals AS text[]), CAST(:plans AS text[]), CAST(:priorities AS int[]),
    CAST(:max_attempts AS int[]), CAST(:next_attempts_at AS text[]), CAST(:timeouts_seconds AS float8[]),
    CAST(:idempotency_keys AS text[])) WITH ORDINALITY
  AS r (agent_id, goal, plan, priority, max_attempts, next_attempt_at, timeout_seconds, idempotency_key, n)
-- created_at is the same for all of them: the order of the queue is that of the ids, and so that of this.
ORDER BY n
ON CONFLICT DO NOTHING
RETURNING id
