-- A node is alive. It changes nothing once a rescue has taken the row away: what that incarnation held is others' now.
-- Returned is what people want of it; the row of its address goes before that of all.
UPDATE nodes
SET heartbeat_at = now(), concurrency = :concurrency, draining = :draining,
    -- Never back: a heartbeat from before the node was a member may be written after the record that it is one. Whoever
    -- looked then would find nobody, and begin a second cluster.
    joined = joined OR :joined
WHERE id = :id
RETURNING
  coalesce((SELECT c.concurrency FROM node_controls c WHERE c.node = nodes.address),
           (SELECT c.concurrency FROM node_controls c WHERE c.node = '*')) AS wanted_concurrency,
  EXISTS (SELECT FROM node_controls c WHERE c.node = nodes.address AND c.draining) AS drained
