-- The next runs of lanes, each onward from its place. Nothing is claimed: the poller chooses among them.
SELECT l.n::int AS lane, r.id, r.attempts, r.rank, -- From 1970, which puts the last thirty years that PostgreSQL knows beyond a bigint.
       least(extract(epoch FROM r.created_at) * 1000000, 9223372036854775807)::bigint AS created_us, r.concurrency_key,
       CASE WHEN CAST(:with_skills AS boolean)
       -- Strict, or it would look into arrays that stand where a plan has none; and silent, as such a plan is its node's to
       -- refuse.
       THEN ARRAY(SELECT DISTINCT s #>> '{}' FROM jsonb_path_query(
         r.plan, 'strict $.steps[*] ? (@.skill.type() == "string").skill', '{}', true) AS s)
       END AS skills
FROM unnest(CAST(:agent_ids AS text[]), CAST(:ranks AS int[]), CAST(:created_us AS bigint[]), CAST(:ids AS uuid[]),
            CAST(:last_ranks AS int[]), CAST(:most AS int[]))
     WITH ORDINALITY AS l (agent_id, rank, created_us, id, last_rank, most, n)
CROSS JOIN LATERAL (
  SELECT id, attempts, plan, -priority AS rank, created_at, concurrency_key FROM runs
  WHERE status = 'queued'
    AND agent_id COLLATE "C" = l.agent_id
    AND (-priority, created_at, id) > (
      l.rank,
      -- In two parts, each of which a float8, which the multiplication makes of it, holds exactly: whole hours are
      -- multiples of 1024 microseconds.
      CASE WHEN l.created_us IS NULL THEN '-infinity'::timestamptz
      ELSE 'epoch'::timestamptz + l.created_us / 3600000000 * interval '1 hour'
           + l.created_us % 3600000000 * interval '1 microsecond' END,
      l.id)
    AND -priority <= l.last_rank
    -- As in claim.sql.
    AND attempts < 1000000000
    AND (next_attempt_at IS NULL OR next_attempt_at <= now())
    AND (expires_at IS NULL OR expires_at > now() OR attempts > 0)
  ORDER BY -priority, created_at, id
  LIMIT l.most) AS r
ORDER BY l.n, r.rank, r.created_at, r.id
