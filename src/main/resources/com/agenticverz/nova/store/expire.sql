-- Cancels what was not started in time. A run that is claimed counts as started, although its row may not say so yet: the
-- poller makes this between its claims. One that was tried before has been started in time.
WITH lease AS MATERIALIZED (
  -- As in claim_picked.sql: or what the next poller has claimed meanwhile would be cancelled.
  SELECT 1 FROM leases WHERE name = 'poller' AND epoch = :epoch FOR SHARE
), due AS MATERIALIZED (
  SELECT id FROM runs
  WHERE status IN ('queued', 'scheduled') AND expires_at IS NOT NULL AND expires_at <= now() AND attempts = 0
    AND id NOT IN (SELECT l.id FROM claims c CROSS JOIN LATERAL unnest(c.run_ids) AS l (id))
    AND EXISTS (SELECT FROM lease)
  ORDER BY expires_at
  LIMIT :limit
  -- A row that somebody else is changing by hand is left for the next time.
  FOR UPDATE SKIP LOCKED
)
UPDATE runs r
SET status = 'cancelled', completed_at = clock_timestamp(), waits_for = NULL,
    error_message = 'not started by '
                    -- -infinity has no form but its name
                    || coalesce(to_char(r.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), r.expires_at::text)
                    || ' (expires_at)'
FROM due
-- As in settle.sql: no plan touches more rows than these.
WHERE r.id = due.id AND r.id = ANY (ARRAY(SELECT id FROM due))
RETURNING r.id, r.agent_id
