-- Gives marked runs back to the queue, and their attempt with them: a drain is nobody's failure.
WITH held AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:claim_ids AS bigint[])) AS h (id, claim_id)
), finished AS (
  DELETE FROM claims WHERE id = ANY (CAST(:finished_claim_ids AS bigint[])) RETURNING 1
), handed_back AS (
  UPDATE runs r
  SET status = 'queued', attempts = r.attempts - 1, started_at = NULL, claimed_by = NULL, claim_id = NULL
  FROM held h
  -- The fence is the claim, not the attempts: a run that was handed back is claimed again under the same attempt.
  WHERE r.id = h.id AND r.status = 'running' AND r.claim_id = h.claim_id AND r.attempts > 0
    -- True, and evaluated first: claims before runs, in the order in which a rescue locks them. The other way round the
    -- two would wait for each other.
    AND (SELECT count(*) FROM finished) >= 0
  RETURNING r.id
)
SELECT id FROM handed_back
