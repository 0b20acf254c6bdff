-- What is wanted of a node from now on.
INSERT INTO node_controls (node, concurrency, draining) VALUES (:node, :concurrency, :draining)
ON CONFLICT (node) DO UPDATE SET concurrency = excluded.concurrency, draining = excluded.draining
