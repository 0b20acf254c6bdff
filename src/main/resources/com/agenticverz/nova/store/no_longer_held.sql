-- Which of these runs are no longer marked under their claim: cancelled, reset or deleted by hand, or taken over. Asked
-- twice a second by every node that has runs which last, so it reads their rows by primary key, and nothing else.
WITH given AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:claim_ids AS bigint[])) AS g (id, claim_id)
), held AS MATERIALIZED (
  SELECT r.id, r.claim_id FROM runs r
  -- As in settle.sql: no plan touches more rows than these; coalesce: not by the index of all marked runs.
  WHERE r.id = ANY (CAST(:ids AS uuid[])) AND coalesce(r.status, '') = 'running'
)
SELECT g.id FROM given g LEFT JOIN held h ON h.id = g.id AND h.claim_id = g.claim_id WHERE h.id IS NULL
