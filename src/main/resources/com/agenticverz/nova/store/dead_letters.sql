-- Runs that have failed, the last first, with the run that repeats each. Sent with its values in place, so that it goes on
-- where its index has the place before which it begins.
SELECT to_jsonb(r) - 'plan' - 'result'
       || jsonb_build_object('repeated_by', (SELECT c.id FROM runs c WHERE c.parent_run_id = r.id
                                             ORDER BY c.created_at DESC, c.id DESC LIMIT 1)) AS run
FROM runs r
WHERE r.status = 'failed'
  AND (coalesce(r.completed_at, r.created_at), r.id) < (CAST(:before_moment AS timestamptz), CAST(:before_id AS uuid))
  AND coalesce(r.completed_at, r.created_at) >= CAST(:since AS timestamptz)
  AND coalesce(r.completed_at, r.created_at) < CAST(:until AS timestamptz)
  AND (CAST(:agent_id AS text) IS NULL OR r.agent_id = :agent_id)
  AND (CAST(:skill AS text) IS NULL
       OR r.plan @> jsonb_build_object('steps', jsonb_build_array(jsonb_build_object('skill', CAST(:skill AS text)))))
  AND (CAST(:error AS text) IS NULL OR strpos(lower(r.error_message), lower(:error)) > 0)
  AND (NOT :not_repeated OR NOT EXISTS (SELECT FROM runs c WHERE c.parent_run_id = r.id))
ORDER BY coalesce(r.completed_at, r.created_at) DESC, r.id DESC
LIMIT :limit
