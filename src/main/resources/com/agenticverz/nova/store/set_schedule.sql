-- Makes a schedule, or makes one that there is like this. Whether it is paused stays as it is where nothing is said.
INSERT INTO schedules AS s (name, cron, time_zone, agent_id, plan, goal, priority, max_attempts, timeout_seconds,
                            concurrency_key, overlap, catch_up, jitter_seconds, paused)
VALUES (:name, :cron, :time_zone, :agent_id, CAST(:plan AS jsonb), :goal, :priority, :max_attempts, :timeout_seconds,
        :concurrency_key, :overlap, :catch_up, :jitter_seconds, coalesce(CAST(:paused AS boolean), false))
ON CONFLICT (name) DO UPDATE
SET cron = excluded.cron, time_zone = excluded.time_zone, agent_id = excluded.agent_id, plan = excluded.plan,
    goal = excluded.goal, priority = excluded.priority, max_attempts = excluded.max_attempts,
    timeout_seconds = excluded.timeout_seconds, concurrency_key = excluded.concurrency_key, overlap = excluded.overlap,
    catch_up = excluded.catch_up, jitter_seconds = excluded.jitter_seconds,
    paused = coalesce(CAST(:paused AS boolean), s.paused)
RETURNING xmax = 0 AS created, to_jsonb(s) AS schedule
