-- Lets claims go that nobody works on. Their runs are queued as they were: nothing else is to be written.
WITH gone AS (
  DELETE FROM claims WHERE id = ANY (CAST(:claim_ids AS bigint[])) AND node_id = :node RETURNING id, run_ids, attempts
)
SELECT gone.id AS claim_id, l.id, l.attempts
FROM gone CROSS JOIN LATERAL unnest(gone.run_ids, gone.attempts) AS l (id, attempts)
