-- Claims runs that the poller has chosen, for one node. As in claim.sql, nothing in runs is written, and no row comes back
-- when the lease has changed hands; one row without a run when none of them is as it was chosen.
WITH lease AS MATERIALIZED (
  -- Unlike in claim.sql with a lock: where there are limits, the next poller must see every claim of this one before it
  -- counts what is in use. It waits for this statement, and finds its claim; or this finds another epoch.
  SELECT 1 FROM leases WHERE name = 'poller' AND epoch = :epoch FOR SHARE
), picked AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:picked_attempts AS int[])) WITH ORDINALITY AS p (id, attempts, n)
), batch AS MATERIALIZED (
  SELECT r.id, r.agent_id, r.plan, r.attempts, r.max_attempts, r.timeout_seconds, r.created_at, r.next_attempt_at, p.n
  FROM picked p JOIN runs r ON r.id = p.id AND r.attempts = p.attempts
  -- As in settle.sql: no plan touches more rows than these.
  WHERE r.id = ANY (CAST(:ids AS uuid[]))
    -- coalesce: not by the index of the queue, all of which would be read.
    AND coalesce(r.status, '') = 'queued'
    -- As in claim.sql; it may have been changed since the choice.
    AND (r.next_attempt_at IS NULL OR r.next_attempt_at <= now())
    AND (r.expires_at IS NULL OR r.expires_at > now() OR r.attempts > 0)
    AND EXISTS (SELECT FROM lease)
), claim AS (
  INSERT INTO claims (node_id, epoch, run_ids, attempts)
  SELECT :node, :epoch, array_agg(id ORDER BY n), array_agg(attempts ORDER BY n) FROM batch HAVING count(*) > 0
  RETURNING id
), spent AS (
  -- In the same transaction as the starts that it counts.
  INSERT INTO limit_buckets (kind, name, full_at)
  SELECT kind, name, now() + full_in_us * interval '1 microsecond'
  FROM unnest(CAST(:bucket_kinds AS text[]), CAST(:bucket_names AS text[]), CAST(:full_in_us AS bigint[]))
       AS b (kind, name, full_in_us)
  WHERE EXISTS (SELECT FROM claim)
  ON CONFLICT (kind, name) DO UPDATE SET full_at = excluded.full_at
)
SELECT claim.id AS claim_id, batch.id, batch.agent_id, batch.plan, batch.attempts,
       coalesce(batch.max_attempts, :default_max_attempts) AS max_attempts, batch.timeout_seconds,
       greatest(0, extract(epoch FROM now() - greatest(batch.created_at, batch.next_attempt_at)) * 1000)::bigint AS waited_ms
FROM lease LEFT JOIN (claim CROSS JOIN batch) ON true
ORDER BY batch.n
