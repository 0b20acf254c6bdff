-- What a step said last by a heartbeat.
SELECT detail FROM step_progress WHERE run_id = :run_id AND step_id = :step_id AND detail IS NOT NULL
