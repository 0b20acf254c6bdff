-- Everybody who holds a run or says that it lives, with the time since its last heartbeat; null where it never had one.
-- A heartbeat from the future is one from before the clock was put back: as old as it is far.
SELECT h.node_id, n.member_uid, (abs(extract(epoch FROM now() - n.heartbeat_at)) * 1000)::bigint AS silent_ms
FROM (
  SELECT node_id FROM claims
  -- Left out at times: it walks over the dead index entries of all runs that were ever marked.
  UNION SELECT claimed_by FROM runs WHERE status = 'running' AND claimed_by IS NOT NULL AND :with_marked
  UNION SELECT id FROM nodes
) AS h LEFT JOIN nodes n ON n.id = h.node_id
