-- The members that a node may join through, with the time since the last heartbeat of each. Whoever was at its own
-- address before is dead. A heartbeat from the future is one from before the clock was put back: as old as it is far.
SELECT n.address, n.draining,
       (abs(extract(epoch FROM now() - n.heartbeat_at)) * 1000)::bigint AS silent_ms,
       EXISTS (SELECT FROM leases l WHERE l.name = 'poller' AND l.owner = n.id::text AND l.expires_at > now()) AS polls
FROM nodes n
WHERE n.joined AND n.id <> :node AND n.address <> :address
ORDER BY n.started_at, n.id
