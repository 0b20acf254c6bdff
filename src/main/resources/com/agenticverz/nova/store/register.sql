-- A node says for the first time that it lives, and which skills it has: they are the same as long as it lives.
INSERT INTO nodes (id, member_uid, address, app_version, concurrency, joined, draining, skills)
VALUES (:id, :member_uid, :address, :app_version, :concurrency, :joined, :draining,
        jsonb_object(CAST(:skills AS text[]), CAST(:skill_versions AS text[])))
ON CONFLICT (id) DO UPDATE SET heartbeat_at = now(), joined = nodes.joined OR excluded.joined, skills = excluded.skills
-- Whether it is the first time: a row that was changed has the transaction that did so in xmax.
RETURNING xmax = 0 AS first
