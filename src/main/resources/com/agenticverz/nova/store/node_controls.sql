-- What people want of nodes, and of all by *.
SELECT node, concurrency, draining FROM node_controls ORDER BY node COLLATE "C"
