-- Claims the next batch for one node. Nothing in runs is written: the row in claims is the record of who has what.
-- No row comes back when the lease has changed hands; one row without a run when there was nothing to claim.
WITH lease AS MATERIALIZED (
  -- The fence of a deposed poller. It takes no lock: a lock here would let a poller that hangs in the middle of its
  -- statement block its successor. A claim that slips in beside the change of hands is fenced run by run.
  SELECT 1 FROM leases WHERE name = 'poller' AND epoch = :epoch
), batch AS MATERIALIZED (
  -- MATERIALIZED: as a plain subquery the planner may put the LIMIT on the inner side of a join, where it is
  -- evaluated once for every outer row and lets more rows through than it says.
  SELECT id, agent_id, plan, attempts, max_attempts, timeout_seconds, -priority AS rank, created_at, next_attempt_at
  FROM runs
  WHERE status = 'queued'
    -- What stands at the limit could never be charged another attempt; such a statement would fail for all its runs.
    AND attempts < 1000000000
    -- Onward from the position: this skips what was claimed a moment ago, and the dead index entries of what is done.
    AND (-priority, created_at, id) > (CAST(:rank AS int), CAST(:created_at AS timestamptz), CAST(:id AS uuid))
    -- The attempts are part of it: a run that came back with another count is not the one in flight.
    AND (id, attempts) NOT IN (SELECT * FROM unnest(CAST(:in_flight_ids AS uuid[]), CAST(:in_flight_attempts AS int[])))
    -- Not before this moment, even where somebody moved it by hand in a row that was queued already.
    AND (next_attempt_at IS NULL OR next_attempt_at <= now())
    -- What was not started in time is cancelled a moment later (expire.sql).
    AND (expires_at IS NULL OR expires_at > now() OR attempts > 0)
    AND EXISTS (SELECT FROM lease)
  ORDER BY -priority, created_at, id
  LIMIT :limit
), claim AS (
  INSERT INTO claims (node_id, epoch, run_ids, attempts)
  SELECT :node, :epoch, array_agg(id), array_agg(attempts) FROM batch HAVING count(*) > 0
  RETURNING id
)
SELECT claim.id AS claim_id, batch.id, batch.agent_id, batch.plan, batch.attempts,
       coalesce(batch.max_attempts, :default_max_attempts) AS max_attempts, batch.timeout_seconds,
       batch.rank, batch.created_at,
       greatest(0, extract(epoch FROM now() - greatest(batch.created_at, batch.next_attempt_at)) * 1000)::bigint AS waited_ms
FROM lease LEFT JOIN (claim CROSS JOIN batch) ON true
ORDER BY batch.rank, batch.created_at, batch.id
