-- A node has left and holds nothing.
DELETE FROM nodes WHERE id = :node
