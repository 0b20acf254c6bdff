-- Puts runs into the queue one after the other, in the order of the arrays, each by the function for everybody: it checks
-- them, and knows those that are unique for a time.
SELECT e.id, e.created
FROM unnest(
    CAST(:agent_ids AS text[]), CAST(:goals AS text[]), CAST(:plans AS text[]), CAST(:priorities AS int[]),
    CAST(:max_attempts AS int[]), CAST(:next_attempts_at AS text[]), CAST(:expire_at AS text[]),
    CAST(:timeouts_seconds AS float8[]), CAST(:idempotency_keys AS text[]), CAST(:concurrency_keys AS text[]),
    CAST(:unique_for_seconds AS float8[]))
  WITH ORDINALITY AS r (agent_id, goal, plan, priority, max_attempts, next_attempt_at, expires_at, timeout_seconds,
    idempotency_key, concurrency_key, unique_for_seconds, n)
  CROSS JOIN LATERAL nova_enqueue(
    r.agent_id, CAST(r.plan AS jsonb), goal => r.goal, priority => r.priority,
    next_attempt_at => CAST(r.next_attempt_at AS timestamptz), expires_at => CAST(r.expires_at AS timestamptz),
    timeout_seconds => r.timeout_seconds, max_attempts => r.max_attempts, idempotency_key => r.idempotency_key,
    concurrency_key => r.concurrency_key, unique_for => make_interval(secs => r.unique_for_seconds)) AS e
ORDER BY r.n
