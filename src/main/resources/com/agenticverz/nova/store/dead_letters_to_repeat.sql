-- Of the next runs that have failed, the first first, those that fit (as in dead_letters.sql), and how far this has looked:
-- so many and no more, so that a filter that nearly none fits takes no longer than another. Only those that had failed when
-- the command began: a re-run that fails meanwhile is not repeated by the same command.
WITH looked AS MATERIALIZED (
  SELECT r.id, coalesce(r.completed_at, r.created_at) AS moment,
         (CAST(:agent_id AS text) IS NULL OR r.agent_id = :agent_id)
         AND (CAST(:skill AS text) IS NULL
              OR r.plan @> jsonb_build_object('steps', jsonb_build_array(jsonb_build_object('skill', CAST(:skill AS text)))))
         AND (CAST(:error AS text) IS NULL OR strpos(lower(r.error_message), lower(:error)) > 0)
         AND (NOT :not_repeated OR NOT EXISTS (SELECT FROM runs c WHERE c.parent_run_id = r.id)) AS fits
  FROM runs r
  WHERE r.status = 'failed'
    AND (coalesce(r.completed_at, r.created_at), r.id) > (CAST(:after_moment AS timestamptz), CAST(:after_id AS uuid))
    AND coalesce(r.completed_at, r.created_at) < CAST(:before_moment AS timestamptz)
  ORDER BY coalesce(r.completed_at, r.created_at), r.id
  LIMIT :limit
)
SELECT (SELECT array_agg(id ORDER BY moment, id) FROM looked WHERE fits) AS ids, moment, id
FROM looked ORDER BY moment DESC, id DESC LIMIT 1
