-- A node says for the first time that it lives.
INSERT INTO nodes (id, member_uid, address, app_version, concurrency, joined, draining)
VALUES (:id, :member_uid, :address, :app_version, :concurrency, :joined, :draining)
ON CONFLICT (id) DO UPDATE SET heartbeat_at = now(), joined = nodes.joined OR excluded.joined
-- Whether it is the first time: a row that was changed has the transaction that did so in xmax.
RETURNING xmax = 0 AS first
