-- Marks runs that last as running, and so charges their attempt.
WITH mark AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS int[]), CAST(:claim_ids AS bigint[]),
                       CAST(:age_ms AS bigint[])) AS m (id, attempts, claim_id, age_ms)
), live AS MATERIALIZED (
  SELECT id FROM claims WHERE id = ANY (CAST(:claim_ids AS bigint[])) AND node_id = :node
), finished AS (
  DELETE FROM claims WHERE id = ANY (CAST(:finished_claim_ids AS bigint[])) RETURNING 1
), marked AS (
  UPDATE runs r
  SET status = 'running',
      attempts = m.attempts + 1,
      started_at = CASE WHEN r.status = 'running' THEN r.started_at
                   ELSE clock_timestamp() - m.age_ms * interval '1 millisecond' END,
      completed_at = NULL,
      claimed_by = :node,
      claim_id = m.claim_id
  FROM mark m LEFT JOIN live ON live.id = m.claim_id
  WHERE r.id = m.id
    -- As in settle.sql: no plan touches more rows than these.
    AND r.id = ANY (CAST(:ids AS uuid[]))
    -- The fence: as it was claimed, and the claim still stands.
    AND ((r.status = 'queued' AND r.attempts = m.attempts AND live.id IS NOT NULL)
      -- Marked already, by an earlier try whose acknowledgement was lost. In the condition of the update, because that
      -- try may commit while this one waits for it; a SELECT beside the update would still see the run queued.
      OR (r.status = 'running' AND r.claim_id = m.claim_id))
    -- True, and evaluated first: claims before runs, in the order in which a rescue locks them. The other way round the
    -- two would wait for each other.
    AND (SELECT count(*) FROM finished) >= 0
  RETURNING r.id
)
SELECT id FROM marked
