-- Nothing is wanted of a node any more.
DELETE FROM node_controls WHERE node = :node
