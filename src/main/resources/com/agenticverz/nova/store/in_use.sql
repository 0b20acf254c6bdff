-- Every run that is in use: listed by a claim and still as it was claimed, or running. One statement, so one snapshot: a
-- run on its way from claimed to marked is in it once.
WITH listed AS MATERIALIZED (
  SELECT c.id AS claim_id, l.id, l.attempts
  FROM claims c CROSS JOIN LATERAL unnest(c.run_ids, c.attempts) AS l (id, attempts)
)
SELECT u.claim_id, u.id, u.attempts, u.agent_id, u.concurrency_key,
       CASE WHEN CAST(:with_skills AS boolean)
       -- As in peek.sql.
       THEN ARRAY(SELECT DISTINCT s #>> '{}' FROM jsonb_path_query(
         u.plan, 'strict $.steps[*] ? (@.skill.type() == "string").skill', '{}', true) AS s)
       END AS skills
FROM (
  SELECT l.claim_id, r.id, r.attempts, r.agent_id, r.concurrency_key, r.plan
  FROM listed l JOIN runs r ON r.id = l.id AND r.attempts = l.attempts
  -- As in settle.sql: no plan touches more rows than these.
  WHERE r.id = ANY (ARRAY(SELECT id FROM listed))
    -- coalesce: not by the index of the queue, all of which would be read.
    AND coalesce(r.status, '') = 'queued'
  UNION ALL
  -- Marked: the attempt is charged already. Without a claim somebody marked it by hand.
  SELECT coalesce(claim_id, 0), id, attempts - 1, agent_id, concurrency_key, plan FROM runs
  -- Where they are not wanted, the index is not looked at: dead entries may be many in it.
  WHERE status = 'running' AND CAST(:whole AS boolean)) AS u
