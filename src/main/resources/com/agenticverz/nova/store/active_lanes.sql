-- The lanes of the queue: every agent that has a run in it, or every pair of agent and priority. A look at the index for
-- each, however many runs it has: each look begins before the lane that was found last.
WITH RECURSIVE lane AS (
  -- Backward, so that each look meets the run of a lane that is served last. At its other end are the dead index entries of
  -- all that were served since the last vacuum.
  (SELECT agent_id COLLATE "C" AS agent_id, -priority AS rank FROM runs
   WHERE status = 'queued'
   ORDER BY agent_id COLLATE "C" DESC, -priority DESC
   LIMIT 1)
  UNION ALL
  SELECT before.agent_id, before.rank
  FROM lane CROSS JOIN LATERAL (
    SELECT r.agent_id COLLATE "C" AS agent_id, -r.priority AS rank FROM runs r
    WHERE r.status = 'queued'
      AND (r.agent_id COLLATE "C", -r.priority)
          < (lane.agent_id, CASE WHEN CAST(:by_priority AS boolean) THEN lane.rank ELSE -2147483648 END)
    ORDER BY r.agent_id COLLATE "C" DESC, -r.priority DESC
    LIMIT 1) AS before
), found AS MATERIALIZED (
  -- Here, or all lanes would be looked up to sort them.
  SELECT agent_id, rank FROM lane LIMIT :limit
)
SELECT agent_id, rank FROM found ORDER BY agent_id, rank
