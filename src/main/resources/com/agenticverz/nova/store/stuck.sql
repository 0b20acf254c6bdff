-- The runs that the runbook's reset would change.
SELECT id FROM runs
WHERE status = 'running' AND started_at < now() - :older_than_ms * interval '1 millisecond'
ORDER BY started_at
