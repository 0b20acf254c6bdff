-- The lanes of the queue: every agent that has a run in it, or every pair of agent and priority. A look at the index for
-- each, however many runs it has: each look begins behind the lane before.
WITH RECURSIVE lane AS (
  (SELECT agent_id COLLATE "C" AS agent_id, -priority AS rank FROM runs
   WHERE status = 'queued'
   ORDER BY agent_id COLLATE "C", -priority
   LIMIT 1)
  UNION ALL
  SELECT next.agent_id, next.rank
  FROM lane CROSS JOIN LATERAL (
    SELECT r.agent_id COLLATE "C" AS agent_id, -r.priority AS rank FROM runs r
    WHERE r.status = 'queued'
      AND (r.agent_id COLLATE "C", -r.priority)
          > (lane.agent_id, CASE WHEN CAST(:by_priority AS boolean) THEN lane.rank ELSE 2147483647 END)
    ORDER BY r.agent_id COLLATE "C", -r.priority
    LIMIT 1) AS next
)
SELECT agent_id, rank FROM lane LIMIT :limit
