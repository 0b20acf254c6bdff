-- The nodes and what they hold.
SELECT n.id, n.address, n.app_version, n.concurrency, n.joined, n.draining, n.started_at,
       (extract(epoch FROM now() - n.heartbeat_at) * 1000)::bigint AS silent_ms,
       (SELECT count(*) FROM runs r WHERE r.status = 'running' AND r.claimed_by = n.id) AS running,
       CASE WHEN n.skills IS NOT NULL
            THEN ARRAY(SELECT key FROM jsonb_each_text(n.skills) ORDER BY key COLLATE "C") END AS skills,
       CASE WHEN n.skills IS NOT NULL
            THEN ARRAY(SELECT value FROM jsonb_each_text(n.skills) ORDER BY key COLLATE "C") END AS skill_versions
FROM nodes n ORDER BY n.started_at, n.id
