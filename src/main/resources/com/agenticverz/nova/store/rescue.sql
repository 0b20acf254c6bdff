-- Brings the runs of a node back that is gone, and charges each the attempt that died with it. A mark or a settlement
-- of that node that commits at the same moment wins for its run; the next sweep finds what it leaves behind.
WITH gone AS (
  DELETE FROM claims WHERE node_id = :node RETURNING run_ids, attempts
), listed AS MATERIALIZED (
  SELECT l.id, l.attempts FROM gone CROSS JOIN LATERAL unnest(gone.run_ids, gone.attempts) AS l (id, attempts)
), unmarked AS (
  UPDATE runs r
  SET attempts = r.attempts + 1,
      status = CASE WHEN r.attempts + 1 < coalesce(r.max_attempts, :default_max_attempts) THEN 'queued' ELSE 'failed' END,
      completed_at = CASE WHEN r.attempts + 1 < coalesce(r.max_attempts, :default_max_attempts) THEN r.completed_at
                     ELSE clock_timestamp() END,
      error_message = 'the node that executed attempt ' || (r.attempts + 1) || ' of '
                      || coalesce(r.max_attempts, :default_max_attempts) || ' died'
  FROM listed l
  -- Compares the attempts, so that no run is charged twice for one claim.
  WHERE r.id = l.id AND r.attempts = l.attempts
    -- coalesce: or the planner might look for them in the index of the queue, and read all of it.
    AND coalesce(r.status, '') = 'queued'
    -- As in settle.sql: no plan touches more rows than these.
    AND r.id = ANY (ARRAY(SELECT id FROM listed))
  RETURNING r.id, r.status
), marked AS (
  UPDATE runs r
  SET status = CASE WHEN r.attempts < coalesce(r.max_attempts, :default_max_attempts) THEN 'queued' ELSE 'failed' END,
      completed_at = CASE WHEN r.attempts < coalesce(r.max_attempts, :default_max_attempts) THEN NULL
                     ELSE clock_timestamp() END,
      error_message = 'the node that executed attempt ' || r.attempts || ' of '
                      || coalesce(r.max_attempts, :default_max_attempts) || ' died',
      started_at = CASE WHEN r.attempts < coalesce(r.max_attempts, :default_max_attempts) THEN NULL
                   ELSE r.started_at END,
      claimed_by = NULL,
      claim_id = NULL
  WHERE r.status = 'running' AND r.claimed_by = :node
  RETURNING r.id, r.status
), forgotten AS (
  DELETE FROM nodes WHERE id = :node
)
SELECT id, status FROM unmarked UNION ALL SELECT id, status FROM marked
