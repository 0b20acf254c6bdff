-- Enqueues runs once more that have ended otherwise than well: as new ones, because the attempts of a run only ever rise.
WITH asked AS (
  SELECT id, n FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS a (id, n)
), enqueued AS (
  INSERT INTO runs (agent_id, goal, plan, priority, max_attempts, timeout_seconds, parent_run_id)
  SELECT r.agent_id, r.goal, r.plan, r.priority, r.max_attempts, r.timeout_seconds, r.id
  FROM runs r
  WHERE r.id = ANY (CAST(:ids AS uuid[])) AND r.status IN ('failed', 'cancelled')
  RETURNING id, parent_run_id
)
SELECT a.id, e.id AS new_id, r.status
FROM asked a LEFT JOIN enqueued e ON e.parent_run_id = a.id LEFT JOIN runs r ON r.id = a.id
ORDER BY a.n
