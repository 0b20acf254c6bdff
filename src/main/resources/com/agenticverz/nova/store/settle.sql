-- Writes how attempts ended: for most runs the one write of their life. Returns the runs that were not theirs to end.
WITH outcome AS MATERIALIZED (
  SELECT * FROM unnest(
    CAST(:ids AS uuid[]), CAST(:attempts AS int[]), CAST(:claim_ids AS bigint[]),
    CAST(:maybe_unmarked AS boolean[]), CAST(:maybe_marked AS boolean[]),
    CAST(:statuses AS text[]), CAST(:results AS text[]), CAST(:messages AS text[]),
    CAST(:retry_ms AS bigint[]), CAST(:ran_ms AS float8[]), CAST(:ended_ms_ago AS bigint[]))
  AS o (id, attempts, claim_id, maybe_unmarked, maybe_marked, status, result, message, retry_ms, ran_ms, ended_ms_ago)
), live AS MATERIALIZED (
  SELECT id FROM claims WHERE id = ANY (CAST(:claim_ids AS bigint[]))
), finished AS (
  DELETE FROM claims WHERE id = ANY (CAST(:finished_claim_ids AS bigint[])) RETURNING 1
), settled AS (
  UPDATE runs r
  SET status = o.status,
      attempts = o.attempts + 1,
      -- Only the clock of the database, so that the clocks of the nodes need not agree.
      started_at = CASE WHEN r.status = 'running' THEN r.started_at
                   ELSE clock_timestamp() - (o.ended_ms_ago + o.ran_ms) * interval '1 millisecond' END,
      completed_at = CASE WHEN o.status <> 'retry'
                     THEN clock_timestamp() - o.ended_ms_ago * interval '1 millisecond' END,
      next_attempt_at = CASE WHEN o.status = 'retry'
                        THEN clock_timestamp() + (o.retry_ms - o.ended_ms_ago) * interval '1 millisecond'
                        ELSE r.next_attempt_at END,
      claimed_by = :node,
      claim_id = o.claim_id,
      result = CAST(o.result AS jsonb),
      error_message = o.message,
      duration_ms = o.ran_ms
  FROM outcome o LEFT JOIN live ON live.id = o.claim_id
  WHERE r.id = o.id
    -- Says again what the join says, so that no plan touches more rows than these: by its statistics the planner may take
    -- the table for empty, and would then compare each of its rows with each of these.
    AND r.id = ANY (CAST(:ids AS uuid[]))
    -- The fence. Both sides are open only while the acknowledgement of a mark is missing.
    AND ((o.maybe_unmarked AND r.status = 'queued' AND r.attempts = o.attempts AND live.id IS NOT NULL)
      OR (o.maybe_marked AND r.status = 'running' AND r.claim_id = o.claim_id))
    -- True, and evaluated first: claims before runs, in the order in which a rescue locks them. The other way round the
    -- two would wait for each other.
    AND (SELECT count(*) FROM finished) >= 0
  RETURNING r.id
)
SELECT id FROM outcome WHERE id NOT IN (SELECT id FROM settled)
