-- Why runs have failed: the newest of them (as dead_letters.sql finds them), grouped by their message without what differs
-- from run to run: ids and numbers.
WITH newest AS MATERIALIZED (
  SELECT r.id, coalesce(r.completed_at, r.created_at) AS moment, left(r.error_message, 300) AS message
  FROM runs r
  WHERE r.status = 'failed'
    AND coalesce(r.completed_at, r.created_at) < CAST(:before_moment AS timestamptz)
    AND coalesce(r.completed_at, r.created_at) >= CAST(:since AS timestamptz)
    AND (CAST(:agent_id AS text) IS NULL OR r.agent_id = :agent_id)
    AND (CAST(:skill AS text) IS NULL
         OR r.plan @> jsonb_build_object('steps', jsonb_build_array(jsonb_build_object('skill', CAST(:skill AS text)))))
    AND (CAST(:error AS text) IS NULL OR strpos(lower(r.error_message), lower(:error)) > 0)
    AND (NOT :not_repeated OR NOT EXISTS (SELECT FROM runs c WHERE c.parent_run_id = r.id))
  ORDER BY coalesce(r.completed_at, r.created_at) DESC, r.id DESC
  -- One more than are grouped: so it is known whether there are more.
  LIMIT :newest + 1
), numbered AS (
  SELECT *, row_number() OVER (ORDER BY moment DESC, id DESC) AS n FROM newest
), alike AS (
  SELECT id, moment,
         regexp_replace(
           regexp_replace(
             regexp_replace(message, '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}', '<id>', 'g'),
             -- Digests and the like: with a digit in it, for else it may be a word.
             '\y(?=[0-9a-fA-F]*[0-9])[0-9a-fA-F]{12,}\y', '<id>', 'g'),
           '[0-9]+([.,:][0-9]+)*', '#', 'g') AS cause
  FROM numbered WHERE n <= :newest
)
SELECT cause, count(*) AS runs, min(moment) AS first, max(moment) AS last,
       (array_agg(id ORDER BY moment DESC, id DESC))[1] AS example,
       (SELECT count(*) FROM newest) > :newest AS more
FROM alike GROUP BY cause
ORDER BY count(*) DESC, max(moment) DESC
LIMIT :limit
