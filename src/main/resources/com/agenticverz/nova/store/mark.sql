-- Marks runs that last as running, and so charges their attempt.
WITH mark AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS int[]), CAST(:claim_ids AS bigint[]),
                       CAST(:age_ms AS bigint[])) AS m (id, attempts, claim_id, age_ms)
), live AS MATERIALIZED (
  SELECT id FROM claims WHERE id = ANY (CAST(:claim_ids AS bigint[])) AND node_id = :node
), marked AS (
  UPDATE runs r
  SET status = 'running',
      attempts = r.attempts + 1,
      started_at = clock_timestamp() - m.age_ms * interval '1 millisecond',
      completed_at = NULL,
      claimed_by = :node,
      claim_id = m.claim_id
  FROM mark m JOIN live ON live.id = m.claim_id
  -- The fence: as it was claimed, and the claim still stands.
  WHERE r.id = m.id AND r.status = 'queued' AND r.attempts = m.attempts
  RETURNING r.id
), finished AS (
  DELETE FROM claims WHERE id = ANY (CAST(:finished_claim_ids AS bigint[]))
)
SELECT id FROM marked
UNION ALL
-- Marked already, by an earlier try whose acknowledgement was lost.
SELECT r.id FROM mark m JOIN runs r ON r.id = m.id WHERE r.status = 'running' AND r.claim_id = m.claim_id
