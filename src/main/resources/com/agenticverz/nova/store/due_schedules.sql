-- The schedules that are due or are to be within the horizon, and those whose next tick is not computed yet; with the
-- moment by the clock of the database, which all nodes share. What is wrong with a schedule stays so until it is changed,
-- or another Nova looks at it.
WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS now)
SELECT clock.now, s.name, s.cron, s.time_zone, s.next_tick_at, s.ticks_after, s.catch_up, s.jitter_seconds, s.error
FROM schedules s, clock
WHERE NOT s.paused
  AND (s.next_tick_at <= clock.now + :horizon_ms * interval '1 millisecond'
       OR s.next_tick_at IS NULL AND (s.error IS NULL OR :with_errors))
-- Those that fail come last, for they may fail for long.
ORDER BY s.error IS NOT NULL, s.next_tick_at NULLS FIRST
LIMIT :limit
