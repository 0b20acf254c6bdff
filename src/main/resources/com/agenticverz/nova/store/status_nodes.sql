-- The nodes, what they hold, and what people want of them.
SELECT n.id, n.address, n.app_version, n.concurrency, n.joined, n.draining, n.started_at,
       (extract(epoch FROM now() - n.heartbeat_at) * 1000)::bigint AS silent_ms,
       (SELECT count(*) FROM runs r WHERE r.status = 'running' AND r.claimed_by = n.id) AS running,
       coalesce(own.concurrency, every.concurrency) AS wanted_concurrency,
       coalesce(own.draining, false) AS drained,
       CASE WHEN n.skills IS NOT NULL
            THEN ARRAY(SELECT key FROM jsonb_each_text(n.skills) ORDER BY key COLLATE "C") END AS skills,
       CASE WHEN n.skills IS NOT NULL
            THEN ARRAY(SELECT value FROM jsonb_each_text(n.skills) ORDER BY key COLLATE "C") END AS skill_versions
FROM nodes n
LEFT JOIN node_controls own ON own.node = n.address
LEFT JOIN node_controls every ON every.node = '*'
ORDER BY n.started_at, n.id
