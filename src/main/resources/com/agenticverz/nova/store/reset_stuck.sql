-- The runbook's reset. Safe at any moment: the late outcome of whoever executes the run is fenced out.
UPDATE runs SET status = 'queued', started_at = NULL
WHERE status = 'running' AND started_at < now() - :older_than_ms * interval '1 millisecond'
RETURNING id
