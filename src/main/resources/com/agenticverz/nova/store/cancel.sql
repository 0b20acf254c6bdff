-- Cancels runs that have not ended, and says what each was before. Whoever executes one finds out
-- within a second (no_longer_held.sql).
WITH asked AS (
  SELECT id, n FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS a (id, n)
), cancelled AS (
  UPDATE runs r SET status = 'cancelled', completed_at = clock_timestamp(), error_message = :reason, waits_for = NULL
  WHERE r.id = ANY (CAST(:ids AS uuid[])) AND r.status NOT IN ('succeeded', 'failed', 'cancelled')
  RETURNING r.id
)
SELECT a.id, c.id IS NOT NULL AS changed, r.status
FROM asked a LEFT JOIN cancelled c ON c.id = a.id LEFT JOIN runs r ON r.id = a.id
ORDER BY a.n
