-- Puts runs into the queue by the fastest way that PostgreSQL has: the columns are those of an enqueue.
COPY runs (agent_id, goal, plan, priority, max_attempts, next_attempt_at, timeout_seconds, idempotency_key) FROM STDIN
