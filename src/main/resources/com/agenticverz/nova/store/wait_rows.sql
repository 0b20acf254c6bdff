-- What queued runs wait for, for people. Of a skill that no node has: how many runs among the first ones of the queue need
-- it, and whether that was all of the queue.
WITH missing AS MATERIALIZED (
  SELECT name FROM queue_waits WHERE kind = 'skill_missing'
), head AS MATERIALIZED (
  SELECT plan FROM runs
  WHERE status = 'queued' AND EXISTS (SELECT FROM missing)
  ORDER BY -priority, created_at, id
  LIMIT :most
), needed AS (
  SELECT s.skill, count(*) AS runs
  FROM head CROSS JOIN LATERAL (
    SELECT DISTINCT v #>> '{}' AS skill
    FROM jsonb_path_query(head.plan, '$.steps[*].skill ? (@.type() == "string")') AS v) AS s
  WHERE s.skill IN (SELECT name FROM missing)
  GROUP BY s.skill
)
SELECT row_to_json(w) AS row FROM (
  SELECT q.kind AS reason, q.name, q.since,
         CASE WHEN q.kind = 'skill_missing' THEN coalesce(n.runs, 0) END AS runs,
         CASE WHEN q.kind = 'skill_missing' THEN (SELECT count(*) FROM head) < :most END AS runs_are_all
  FROM queue_waits q LEFT JOIN needed n ON n.skill = q.name AND q.kind = 'skill_missing') AS w
ORDER BY reason, name COLLATE "C"
