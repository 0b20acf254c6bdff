-- The address of the node that somebody means by that or by its id; also where none is there at the moment, but something
-- is wanted of it. None: there is no such node.
SELECT address FROM nodes WHERE address = :name OR id::text = lower(:name)
UNION
SELECT node FROM node_controls WHERE node = :name AND node <> '*'
LIMIT 1
