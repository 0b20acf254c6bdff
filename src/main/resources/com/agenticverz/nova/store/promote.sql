-- Moves what is due into the queue, and says when the next one is, and up to which moment nothing is left that was due.
WITH due AS MATERIALIZED (
  SELECT id, coalesce(next_attempt_at, '-infinity'::timestamptz) AS moment FROM runs
  WHERE status IN ('scheduled', 'retry') AND coalesce(next_attempt_at, '-infinity'::timestamptz) <= now()
    -- Not from the start each time: that is where the dead index entries are of all that was promoted before.
    AND coalesce(next_attempt_at, '-infinity'::timestamptz) >= CAST(:from AS timestamptz)
  ORDER BY coalesce(next_attempt_at, '-infinity'::timestamptz)
  LIMIT :limit
  -- A row that somebody else is changing by hand is left for the next time.
  FOR UPDATE SKIP LOCKED
), promoted AS (
  UPDATE runs r SET status = 'queued', waits_for = NULL FROM due
  -- As in settle.sql: no plan touches more rows than these.
  WHERE r.id = due.id AND r.id = ANY (ARRAY(SELECT id FROM due))
  RETURNING 1
)
SELECT (SELECT count(*) FROM promoted) AS promoted,
       (SELECT CASE WHEN count(*) < :limit THEN now() ELSE max(moment) END FROM due) AS done_to,
       (SELECT (extract(epoch FROM coalesce(next_attempt_at, '-infinity'::timestamptz) - now()) * 1000)::bigint
        FROM runs
        WHERE status IN ('scheduled', 'retry') AND coalesce(next_attempt_at, '-infinity'::timestamptz) > now()
          AND coalesce(next_attempt_at, '-infinity'::timestamptz) < now() + interval '1 hour'
        ORDER BY coalesce(next_attempt_at, '-infinity'::timestamptz)
        LIMIT 1) AS next_due_ms
