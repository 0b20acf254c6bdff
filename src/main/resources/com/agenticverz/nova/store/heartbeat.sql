-- A node is alive. It changes nothing once a rescue has taken the row away: what that incarnation held is others' now.
UPDATE nodes
SET heartbeat_at = now(), concurrency = :concurrency, draining = :draining,
    -- Never back: a heartbeat from before the node was a member may be written after the record that it is one. Whoever
    -- looked then would find nobody, and begin a second cluster.
    joined = joined OR :joined
WHERE id = :id
