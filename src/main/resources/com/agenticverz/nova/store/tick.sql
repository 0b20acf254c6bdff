-- One tick of a schedule: its run comes into the queue and the schedule moves on to the next tick, both or neither, once.
-- A second such statement finds the schedule moved on, and should somebody have moved it back, the idempotency key of the
-- run. Where there is no tick, the schedule only moves. Nothing changes when the lease has changed hands, when the schedule
-- is not as it was read, or when somebody has it locked: nobody else's transaction holds up other schedules.
WITH lease AS MATERIALIZED (
  -- No lock, as in claim.sql: that the schedule moves on only once is all that is needed.
  SELECT 1 FROM leases WHERE name = 'poller' AND epoch = :epoch
), due AS MATERIALIZED (
  SELECT name, agent_id, plan, goal, priority, max_attempts, timeout_seconds, concurrency_key, overlap, last_run_id
  FROM schedules
  WHERE name = :name AND NOT paused
    -- Not only the moment: it is NULL before and after a change of these.
    AND cron = :cron AND time_zone = :time_zone
    AND next_tick_at IS NOT DISTINCT FROM CAST(:expected AS timestamptz)
    AND EXISTS (SELECT FROM lease)
  FOR UPDATE SKIP LOCKED
), previous AS MATERIALIZED (
  SELECT r.id FROM runs r
  WHERE r.id = (SELECT last_run_id FROM due WHERE overlap <> 'queue' AND CAST(:tick AS timestamptz) IS NOT NULL)
    -- coalesce: not by an index of a status, all of which would be read.
    AND coalesce(r.status, '') NOT IN ('succeeded', 'failed', 'cancelled')
), to_cancel AS MATERIALIZED (
  SELECT r.id FROM runs r
  WHERE r.id = (SELECT previous.id FROM previous, due WHERE due.overlap = 'cancel_previous')
    AND coalesce(r.status, '') NOT IN ('succeeded', 'failed', 'cancelled')
  FOR UPDATE SKIP LOCKED
), going AS MATERIALIZED (
  -- Where the run that is to be cancelled is being written by somebody else, the tick waits for that.
  SELECT * FROM due
  WHERE overlap <> 'cancel_previous' OR (SELECT count(*) FROM previous) = (SELECT count(*) FROM to_cancel)
), cancelled AS (
  UPDATE runs r SET status = 'cancelled', completed_at = clock_timestamp(), waits_for = NULL,
                    error_message = 'the next tick of schedule ' || CAST(:name AS text) || ' came before it had ended'
  WHERE r.id = (SELECT id FROM to_cancel)
  RETURNING r.id
), inserted AS (
  INSERT INTO runs (agent_id, plan, goal, priority, max_attempts, timeout_seconds, concurrency_key, next_attempt_at,
                    idempotency_key)
  SELECT agent_id, CAST(replace(CAST(plan AS text), '{{tick}}', CAST(:tick_text AS text)) AS jsonb),
         replace(goal, '{{tick}}', CAST(:tick_text AS text)), priority, max_attempts, timeout_seconds, concurrency_key,
         CAST(:due_at AS timestamptz), 'schedule:' || name || ':' || CAST(:tick_text AS text)
  FROM going
  WHERE CAST(:tick AS timestamptz) IS NOT NULL AND NOT (overlap = 'skip' AND EXISTS (SELECT FROM previous))
  ON CONFLICT DO NOTHING
  RETURNING id
), moved AS (
  UPDATE schedules s
  SET next_tick_at = CAST(:next AS timestamptz), last_tick_at = coalesce(CAST(:tick AS timestamptz), s.last_tick_at),
      last_run_id = coalesce((SELECT id FROM inserted), s.last_run_id), error = NULL
  FROM going WHERE s.name = going.name
  RETURNING 1
)
SELECT EXISTS (SELECT FROM lease) AS leading, EXISTS (SELECT FROM moved) AS moved,
       (SELECT id FROM inserted) AS run_id, (SELECT id FROM cancelled) AS cancelled_id
