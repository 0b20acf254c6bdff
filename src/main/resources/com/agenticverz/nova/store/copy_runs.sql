-- Puts many runs into the queue, by the way that costs PostgreSQL least. None of them has an idempotency key: COPY knows
-- no ON CONFLICT.
COPY runs (id, agent_id, goal, plan, priority, max_attempts, next_attempt_at, expires_at, timeout_seconds, concurrency_key)
FROM STDIN
