-- Enqueues runs once more that have ended otherwise than well: as new ones, because the attempts of a run only ever rise.
-- Neither the idempotency key, of which there is one, nor the expiry, which would be over, goes along. With a rate, each
-- begins so much later than the one before: that holds whatever becomes of the command.
WITH asked AS (
  SELECT id, n FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS a (id, n)
), earlier AS MATERIALIZED (
  SELECT a.id, a.n,
         (SELECT c.id FROM runs c WHERE c.parent_run_id = a.id ORDER BY c.created_at DESC, c.id DESC LIMIT 1) AS repeated_by
  FROM asked a
), wanted AS (
  SELECT r.*, row_number() OVER (ORDER BY e.n) - 1 AS place
  FROM earlier e JOIN runs r ON r.id = e.id
  WHERE r.status IN ('failed', 'cancelled') AND (:again OR e.repeated_by IS NULL)
), enqueued AS (
  INSERT INTO runs (agent_id, goal, plan, priority, max_attempts, timeout_seconds, concurrency_key, next_attempt_at,
                    parent_run_id)
  SELECT agent_id, goal, plan, priority, max_attempts, timeout_seconds, concurrency_key,
         CAST(:start AS timestamptz) + (:already + place) * CAST(:gap_seconds AS float8) * interval '1 second', id
  FROM wanted ORDER BY place
  RETURNING id, parent_run_id, next_attempt_at
)
SELECT e.id, n.id AS new_id, n.next_attempt_at, r.status, e.repeated_by
FROM earlier e LEFT JOIN enqueued n ON n.parent_run_id = e.id LEFT JOIN runs r ON r.id = e.id
ORDER BY e.n
