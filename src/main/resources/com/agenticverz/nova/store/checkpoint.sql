-- Keeps finished steps of runs that are marked. Returns the runs that were theirs to keep something of.
WITH step AS MATERIALIZED (
  SELECT * FROM unnest(
    CAST(:run_ids AS uuid[]), CAST(:claim_ids AS bigint[]), CAST(:step_ids AS text[]), CAST(:skills AS text[]),
    CAST(:outputs AS text[]), CAST(:messages AS text[]), CAST(:attempts AS int[]), CAST(:tries AS int[]),
    CAST(:ran_ms AS float8[]), CAST(:ended_ms_ago AS bigint[]))
  AS s (run_id, claim_id, step_id, skill, output, message, attempt, tries, ran_ms, ended_ms_ago)
), held AS MATERIALIZED (
  -- The fence. It locks the row, so that a rescue waits for this, or this sees what a rescue has made of the run: whoever
  -- executes it next has read its steps by then, and would not know of one that comes after.
  SELECT r.id, r.claim_id FROM runs r
  -- As in settle.sql: no plan touches more rows than these; coalesce: not by the index of all marked runs.
  WHERE r.id = ANY (CAST(:run_ids AS uuid[])) AND coalesce(r.status, '') = 'running'
    AND r.claim_id = ANY (CAST(:claim_ids AS bigint[]))
  FOR SHARE OF r
), kept AS (
  INSERT INTO run_steps (run_id, step_id, skill, output, error_message, attempt, tries, started_at, completed_at)
  SELECT s.run_id, s.step_id, s.skill, CAST(s.output AS jsonb), s.message, s.attempt, s.tries,
         clock_timestamp() - (s.ended_ms_ago + s.ran_ms) * interval '1 millisecond',
         clock_timestamp() - s.ended_ms_ago * interval '1 millisecond'
  FROM step s JOIN held h ON h.id = s.run_id AND h.claim_id = s.claim_id
  -- The same once more after a lost acknowledgement; or another skill since.
  ON CONFLICT (run_id, step_id) DO UPDATE
  SET skill = excluded.skill, output = excluded.output, error_message = excluded.error_message,
      attempt = excluded.attempt, tries = excluded.tries, started_at = excluded.started_at,
      completed_at = excluded.completed_at
  RETURNING run_id
)
SELECT run_id AS id FROM kept
