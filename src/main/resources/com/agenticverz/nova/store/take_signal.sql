-- Takes the oldest signal of a name for a step of a run that is marked; or gives the step again what it took before. One
-- row, or none if the run is not marked under this claim.
WITH held AS MATERIALIZED (
  -- The fence. It locks the row, so that a rescue waits for this, or this sees what a rescue has made of the run.
  SELECT r.id FROM runs r
  -- coalesce: not by the index of all marked runs.
  WHERE r.id = :run_id AND coalesce(r.status, '') = 'running' AND r.claim_id = :claim_id
  FOR SHARE OF r
), before AS MATERIALIZED (
  SELECT s.payload FROM run_signals s
  WHERE s.run_id = :run_id AND s.taken_by = :step_id AND s.name = :name
), free AS MATERIALIZED (
  SELECT s.id FROM run_signals s
  WHERE s.run_id = :run_id AND s.name = :name AND s.taken_by IS NULL
    AND EXISTS (SELECT FROM held) AND NOT EXISTS (SELECT FROM before)
  ORDER BY s.id
  LIMIT 1
  -- Another step that takes the same one at this moment is waited for, and then it is not free: the next one is.
  FOR UPDATE OF s
), taken AS (
  UPDATE run_signals s SET taken_by = :step_id, taken_at = clock_timestamp()
  FROM free WHERE s.run_id = :run_id AND s.name = :name AND s.id = free.id
  RETURNING s.payload
), waits AS (
  -- The first look begins the wait.
  INSERT INTO run_waits (run_id, step_id, name)
  SELECT held.id, :step_id, :name FROM held
  WHERE NOT EXISTS (SELECT FROM before) AND NOT EXISTS (SELECT FROM taken)
  ON CONFLICT DO NOTHING
)
SELECT coalesce((SELECT payload FROM before), (SELECT payload FROM taken)) AS payload,
       coalesce((SELECT extract(epoch FROM clock_timestamp() - w.since) * 1000 FROM run_waits w
                 WHERE w.run_id = :run_id AND w.step_id = :step_id AND w.name = :name), 0)::bigint AS waited_ms,
       -- Not of the locked row: as of the moment at which the signals were looked at. One that came in between is in
       -- neither, and the run that would sleep over it finds the number changed.
       coalesce((SELECT r.signals FROM runs r WHERE r.id = :run_id), 0) AS seen
FROM held
