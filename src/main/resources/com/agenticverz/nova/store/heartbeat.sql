-- A node is alive. It changes nothing once a rescue has taken the row away: what that incarnation held is others' now.
UPDATE nodes SET heartbeat_at = now(), concurrency = :concurrency, joined = :joined, draining = :draining WHERE id = :id
