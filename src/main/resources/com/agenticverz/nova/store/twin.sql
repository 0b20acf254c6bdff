-- How long ago another member at the same address was last heard of. Null: there is none.
SELECT (min(abs(extract(epoch FROM now() - heartbeat_at))) * 1000)::bigint AS silent_ms
FROM nodes WHERE joined AND id <> :node AND address = :address
