-- Where a run that has failed stands among the others.
SELECT coalesce(completed_at, created_at) AS moment FROM runs WHERE id = :id AND status = 'failed'
