-- Moves what is due into the queue, and says when the next one is.
WITH due AS MATERIALIZED (
  SELECT id FROM runs
  WHERE status IN ('scheduled', 'retry') AND coalesce(next_attempt_at, '-infinity'::timestamptz) <= now()
  ORDER BY coalesce(next_attempt_at, '-infinity'::timestamptz)
  LIMIT :limit
  -- A row that somebody else is changing by hand is left for the next time.
  FOR UPDATE SKIP LOCKED
), promoted AS (
  UPDATE runs r SET status = 'queued' FROM due WHERE r.id = due.id RETURNING 1
)
SELECT (SELECT count(*) FROM promoted) AS promoted,
       (SELECT (extract(epoch FROM coalesce(next_attempt_at, '-infinity'::timestamptz) - now()) * 1000)::bigint
        FROM runs
        WHERE status IN ('scheduled', 'retry') AND coalesce(next_attempt_at, '-infinity'::timestamptz) > now()
          AND coalesce(next_attempt_at, '-infinity'::timestamptz) < now() + interval '1 hour'
        ORDER BY coalesce(next_attempt_at, '-infinity'::timestamptz)
        LIMIT 1) AS next_due_ms
