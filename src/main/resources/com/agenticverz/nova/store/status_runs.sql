-- A few runs by their ids.
SELECT id, status, attempts, max_attempts, started_at, duration_ms, result, error_message
FROM runs WHERE id = ANY (CAST(:ids AS uuid[]))
