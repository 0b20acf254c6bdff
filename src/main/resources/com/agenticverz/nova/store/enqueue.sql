-- Puts one run into the queue. A known idempotency key changes nothing and returns nothing.
INSERT INTO runs (agent_id, goal, plan, priority, max_attempts, next_attempt_at, expires_at, timeout_seconds,
                  idempotency_key, concurrency_key)
VALUES (:agent_id, :goal, CAST(:plan AS jsonb), :priority, :max_attempts, :next_attempt_at, :expires_at, :timeout_seconds,
        :idempotency_key, :concurrency_key)
ON CONFLICT (idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
RETURNING id
