-- A node has left and executes nothing. A claim that was made for it at the last moment is let go: nobody died, so no
-- attempt is used up. So are its leases, should it have had no time for that.
WITH released AS (
  DELETE FROM claims WHERE node_id = :node
), let_go AS (
  UPDATE leases SET expires_at = '-infinity', idle = false WHERE owner = CAST(:node AS text)
)
DELETE FROM nodes WHERE id = :node
