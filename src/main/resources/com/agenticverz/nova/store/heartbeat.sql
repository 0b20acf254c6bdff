-- A node is alive. The row comes back even where a rescue has taken it away.
INSERT INTO nodes (id, address, app_version, concurrency, draining)
VALUES (:id, :address, :app_version, :concurrency, :draining)
ON CONFLICT (id) DO UPDATE
SET heartbeat_at = now(), concurrency = excluded.concurrency, draining = excluded.draining
