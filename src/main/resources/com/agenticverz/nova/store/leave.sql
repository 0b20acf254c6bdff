-- A node has left and executes nothing. A claim that was made for it at the last moment is let go: nobody died, so no
-- attempt is used up.
WITH released AS (
  DELETE FROM claims WHERE node_id = :node
)
DELETE FROM nodes WHERE id = :node
