-- The steps of a run that need not be executed again.
SELECT step_id, skill, output, error_message FROM run_steps WHERE run_id = :run_id
