-- Writes what skills have said of the steps that they work on. Of a run that is no longer held nothing is written, and
-- nobody needs to know: whoever writes its next mark, step or end finds out. Once more after a lost acknowledgement does no
-- harm. Returns the runs of which something was written.
WITH said AS MATERIALIZED (
  SELECT * FROM unnest(
    CAST(:run_ids AS uuid[]), CAST(:claim_ids AS bigint[]), CAST(:step_ids AS text[]), CAST(:attempts AS int[]),
    CAST(:fractions AS float8[]), CAST(:notes AS text[]), CAST(:details AS text[]))
  AS s (run_id, claim_id, step_id, attempt, fraction, note, detail)
), held AS MATERIALIZED (
  -- The fence. It locks the row, as in checkpoint.sql: who executes the run next would not see a detail that comes after it
  -- has read, and would have its own replaced by it.
  SELECT r.id, r.claim_id FROM runs r
  WHERE r.id = ANY (CAST(:run_ids AS uuid[])) AND coalesce(r.status, '') = 'running'
    AND r.claim_id = ANY (CAST(:claim_ids AS bigint[]))
  -- What somebody is changing at this moment is left out: the next report is a second away, and ends of runs wait for none.
  FOR SHARE OF r SKIP LOCKED
), written AS (
  INSERT INTO step_progress AS p (run_id, step_id, fraction, note, detail, attempt, updated_at)
  SELECT s.run_id, s.step_id, s.fraction, s.note, CAST(s.detail AS jsonb), s.attempt, clock_timestamp()
  FROM said s JOIN held h ON h.id = s.run_id AND h.claim_id = s.claim_id
  ON CONFLICT (run_id, step_id) DO UPDATE
  -- A skill says one or the other, or both; what it did not say now stays.
  SET fraction = coalesce(excluded.fraction, p.fraction),
      note = CASE WHEN excluded.fraction IS NULL THEN p.note ELSE excluded.note END,
      detail = coalesce(excluded.detail, p.detail),
      attempt = excluded.attempt, updated_at = excluded.updated_at
  RETURNING p.run_id
)
SELECT run_id AS id FROM written
