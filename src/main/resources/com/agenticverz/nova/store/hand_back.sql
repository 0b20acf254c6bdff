-- Gives runs back, and the attempt of those that were marked with them: a drain is nobody's failure, and a run that sleeps
-- has not failed. Without a delay they are in the queue again; so is one that sleeps until a signal comes, if one came
-- since its step has looked.
WITH held AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:claim_ids AS bigint[]), CAST(:delays_ms AS bigint[]),
                       CAST(:waits_for AS text[]), CAST(:signals_seen AS bigint[]), CAST(:started AS boolean[]))
  AS h (id, claim_id, delay_ms, waits_for, signals_seen, started)
), finished AS (
  DELETE FROM claims WHERE id = ANY (CAST(:finished_claim_ids AS bigint[])) RETURNING 1
), taken_out AS (
  -- A claim that others still need lists them no longer: a rescue would charge them for a death that was not theirs.
  UPDATE claims c
  SET (run_ids, attempts) = (
    SELECT coalesce(array_agg(l.id), '{}'), coalesce(array_agg(l.attempts), '{}')
    FROM unnest(c.run_ids, c.attempts) AS l (id, attempts)
    WHERE NOT EXISTS (SELECT FROM held h WHERE h.id = l.id AND h.claim_id = c.id))
  WHERE c.id = ANY (CAST(:claim_ids AS bigint[])) AND c.id <> ALL (CAST(:finished_claim_ids AS bigint[]))
  RETURNING 1
), handed_back AS (
  UPDATE runs r
  -- By the row as the sender of a signal has left it, who may have been waited for: it found the run awake, and woke nobody.
  SET status = CASE WHEN h.delay_ms IS NULL OR coalesce(r.signals, 0) <> h.signals_seen THEN 'queued'
               ELSE 'scheduled' END,
      next_attempt_at = CASE WHEN h.delay_ms IS NULL THEN r.next_attempt_at
                        WHEN coalesce(r.signals, 0) <> h.signals_seen THEN now()
                        ELSE clock_timestamp() + h.delay_ms * interval '1 millisecond' END,
      waits_for = CASE WHEN coalesce(r.signals, 0) <> h.signals_seen THEN NULL ELSE CAST(h.waits_for AS text[]) END,
      attempts = r.attempts - 1, started_at = NULL, claimed_by = NULL, claim_id = NULL,
      -- If it has been started, nothing else in the row would tell that.
      expires_at = CASE WHEN h.started THEN NULL ELSE r.expires_at END
  FROM held h
  -- The fence is the claim, not the attempts: a run that was handed back is claimed again under the same attempt.
  WHERE r.id = h.id
    -- As in settle.sql: no plan touches more rows than these.
    AND r.id = ANY (CAST(:ids AS uuid[]))
    -- coalesce: not by the index of all marked runs.
    AND coalesce(r.status, '') = 'running' AND r.claim_id = h.claim_id AND r.attempts > 0
    -- True, and evaluated first: claims before runs, in the order in which a rescue locks them. The other way round the
    -- two would wait for each other.
    AND (SELECT count(*) FROM finished) + (SELECT count(*) FROM taken_out) >= 0
  RETURNING r.id
)
SELECT id FROM handed_back
